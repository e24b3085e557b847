"""Typical wrong answers, as students write them: the task, the cell, and a part of the reason that they must get."""

MISTAKES = {
    "first-gans": [
        (
            "sample_noise",
            "def sample_noise(num, dim, rng):\n    return torch.rand(num, dim, generator=rng)",
            "lie between 0 and 1: spread them",
        ),
        (
            "sample_noise",
            "def sample_noise(num, dim, rng):\n    return torch.empty(num, dim).uniform_(-1, 1)",
            "don't come from `rng`",
        ),
        (
            "sample_noise",
            "def sample_noise(num, dim, rng):\n    return 2 * torch.rand(dim, num, generator=rng) - 1",
            "the shape is wrong",
        ),
        (
            "discriminator",
            "def discriminator():\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(), nn.Linear(256, 256),"
            " nn.LeakyReLU(), nn.Linear(256, 1), nn.Sigmoid())",
            "returns logits",
        ),
        (
            "discriminator",
            "def discriminator():\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(), nn.Linear(256, 1))",
            "number of parameters is wrong: yours is 201217",
        ),
        (
            "generator",
            "def generator():\n    return nn.Sequential(nn.Linear(96, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(),"
            " nn.Linear(1024, 784))",
            "end with tanh",
        ),
        (
            "logistic_discriminator",
            "def logistic_discriminator(real, fake):\n    f = nn.functional.binary_cross_entropy_with_logits\n"
            "    return f(real, torch.ones_like(real), reduction='sum') + f(fake, torch.zeros_like(fake), reduction='sum')",
            "the sum over the batch",
        ),
        (
            "logistic_discriminator",
            "def logistic_discriminator(real, fake):\n"
            "    return -torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()",
            "rounds to 1, and log(0) is -inf",
        ),
        (
            "logistic_discriminator",
            "def logistic_discriminator(real, fake):\n    return torch.tensor(softplus(-real).mean() + softplus(fake).mean())",
            "no gradient flows",
        ),
        (
            "logistic_discriminator",
            "def logistic_discriminator(real, fake):\n    return (softplus(-real).mean() + softplus(fake).mean()).item()",
            "return a tensor",
        ),
        (
            "non_saturating_generator",
            "def non_saturating_generator(real, fake):\n    return nn.functional.logsigmoid(-fake).mean()",
            "the saturating form",
        ),
        (
            "least_squares_discriminator",
            "def least_squares_discriminator(real, fake):\n    return ((real - 1) ** 2).mean() + (fake**2).mean()",
            "twice what it should be",
        ),
        (
            "dc_generator",
            "def dc_generator():\n    return nn.Sequential(nn.Linear(96, 1024), nn.BatchNorm1d(1024), nn.ReLU(),"
            " nn.Linear(1024, 6272), nn.BatchNorm1d(6272), nn.ReLU(), nn.Unflatten(1, (128, 7, 7)),"
            " nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh())",
            "batch norm comes after ReLU",
        ),
        (
            "alternate",
            "def alternate(x, y, rate, steps):\n    points = [(x, y)]\n    for _ in range(steps):\n"
            "        x, y = x - rate * y, y + rate * x\n        points.append((x, y))\n    return points",
            "both moved at once",
        ),
        ("growth", "def growth(rate):\n    return (1 + rate**2) ** 0.5", "not of its square"),
        ("good_sign", "good_sign = 'a'", "whom does it fool"),
    ],
    "objective": [
        (
            "saturating_generator",
            "def saturating_generator(real, fake):\n    return torch.log(1 - torch.sigmoid(fake)).mean()",
            "rounds to 0 for a large logit",
        ),
        (
            "slope_saturating",
            "def slope_saturating(logit):\n    d = torch.sigmoid(logit)\n    return -1 / (1 - d)",
            "one more factor of the chain rule",
        ),
        (
            "slope_saturating",
            "def slope_saturating(logit):\n    return -torch.exp(logit) / (1 + torch.exp(logit))",
            "exp(900) overflows",
        ),
        ("slope_non_saturating", "def slope_non_saturating(logit):\n    return torch.sigmoid(-logit)", "both forms fall"),
        ("optimal_discriminator", "def optimal_discriminator(p, q):\n    return np.log(p) - np.log(q)", "the optimal logit"),
        (
            "jensen_shannon",
            "def jensen_shannon(p, q):\n    m = (p + q) / 2\n"
            "    return 0.5 * np.sum(p * np.log(p / m)) + 0.5 * np.sum(q * np.log(q / m))",
            "0 log 0 counts as 0",
        ),
        ("jensen_shannon", "def jensen_shannon(p, q):\n    return float((p * np.log(p / q)).sum())", "is KL(p || q)"),
        ("value_at_equality", "value_at_equality = -0.693", "V has two expectations"),
        (
            "input_gradients",
            "def input_gradients(logits, images):\n    return torch.autograd.grad(logits.sum(), images)[0].flatten(1)",
            "can't be differentiated again",
        ),
        (
            "zero_centred_penalty",
            "def zero_centred_penalty(logits, images):\n"
            "    (g,) = torch.autograd.grad(logits.sum(), images, create_graph=True)\n    return 0.5 * (g**2).mean()",
            "is a mean over pixels",
        ),
        (
            "gradient_penalty",
            "def gradient_penalty(discriminator, real, fake, batch_rng):\n"
            "    w = batch_rng.uniform(1, dtype=real.dtype)\n    x = (w * real + (1 - w) * fake).requires_grad_()\n"
            "    (g,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)\n"
            "    return ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()",
            "one mixing weight serves the whole batch",
        ),
        (
            "gradient_penalty",
            "def gradient_penalty(discriminator, real, fake, batch_rng):\n"
            "    w = batch_rng.uniform(len(real), 1, 1, 1, dtype=real.dtype)\n    x = (w * real + (1 - w) * fake).requires_grad_()\n"
            "    (g,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)\n    return (g.norm() - 1) ** 2",
            "one norm over the whole batch",
        ),
        (
            "gradient_penalty",
            "def gradient_penalty(discriminator, real, fake, batch_rng):\n    x = ((real + fake) / 2).requires_grad_()\n"
            "    (g,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)\n"
            "    return ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()",
            "no mixing weights were drawn",
        ),
        ("unbounded", "unbounded = 'c'", "what does a factor of 2 do"),
    ],
    "measures": [
        (
            "gaussian_frechet",
            "def gaussian_frechet(ma, ca, mb, cb):\n    return ((ma - mb) ** 2).sum() + np.trace(ca + cb - 2 * np.sqrt(abs(ca @ cb)))",
            "the root of a matrix is another thing",
        ),
        (
            "gaussian_frechet",
            "def gaussian_frechet(ma, ca, mb, cb):\n"
            "    return ((ma - mb) ** 2).sum() + np.trace(ca + cb - 2 * np.sqrt(np.maximum(ca @ cb, 0)))",
            "the root of a matrix is another thing",
        ),
        (
            "gaussian_frechet",
            "def gaussian_frechet(ma, ca, mb, cb):\n    return float(np.linalg.norm(ma - mb)"
            " + np.trace(ca + cb) - 2 * np.sqrt(np.linalg.eigvals(ca @ cb).real.clip(0)).sum())",
            "the distance of the means, not its square",
        ),
        (
            "gaussian_frechet",
            "def gaussian_frechet(ma, ca, mb, cb):\n"
            "    return ((ma - mb) ** 2).sum() + ((np.sqrt(np.diag(ca)) - np.sqrt(np.diag(cb))) ** 2).sum()",
            "uses the diagonals only",
        ),
        (
            "gaussian_frechet",
            "def gaussian_frechet(ma, ca, mb, cb):\n    roots = np.sqrt(np.linalg.eigvals(ca @ cb).real.clip(0))\n"
            "    return ((ma - mb) ** 2).sum() + np.trace(ca + cb) - roots.sum()",
            "subtracts the root once",
        ),
        (
            "frechet_distance",
            "def frechet_distance(a, b):\n    ca, cb = np.cov(a, rowvar=False, bias=True), np.cov(b, rowvar=False, bias=True)\n"
            "    e = np.linalg.eigvals(ca @ cb).real.clip(0)\n"
            "    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb) - 2 * np.sqrt(e).sum()",
            "divides by N",
        ),
        (
            "frechet_distance",
            "def frechet_distance(a, b):\n    ca, cb = np.cov(a), np.cov(b)\n    return np.trace(ca @ cb)",
            "fails: ValueError",
        ),
        ("fewer_samples", "fewer_samples = 'c'", "their distance isn't 0"),
        (
            "nearest_distances",
            "def nearest_distances(images, training):\n    return np.array("
            "[min(np.sqrt(((i - t) ** 2).mean()) for t in training) for i in images])",
            "uint8 wraps around",
        ),
        (
            "nearest_distances",
            "def nearest_distances(images, training):\n    a, b = images.astype(float), training.astype(float)\n"
            "    return np.array([min(np.linalg.norm(i - t) for t in b) for i in a])",
            "take the mean over them",
        ),
        (
            "nearest_distances",
            "def nearest_distances(images, training):\n    return [0.0 for _ in images]",
            "should be array, but is list",
        ),
        ("memorisation_ratio", "def memorisation_ratio(near, unseen):\n    return near.mean() / unseen.mean()", "takes means"),
        ("rank_correlation", "def rank_correlation(a, b):\n    return np.corrcoef(a, b)[0, 1]", "take their ranks"),
        (
            "rank_correlation",
            "def rank_correlation(a, b):\n    return np.corrcoef(np.argsort(a), np.argsort(b))[0, 1]",
            "not each value's place",
        ),
        ("same_loss", "same_loss = 'b'", "D was trained all the time"),
    ],
    "inversion": [
        (
            "costs",
            "def costs(z, drawn, pixels, prior):\n    return ((drawn - pixels) ** 2).sum(1) + prior**2 * (z**2).sum(1)",
            "takes sums",
        ),
        (
            "costs",
            "def costs(z, drawn, pixels, prior):\n    return ((drawn - pixels) ** 2).mean() + prior**2 * (z**2).mean()",
            "should be array, but is number",
        ),
        (
            "costs",
            "def costs(z, drawn, pixels, prior):\n    return ((drawn - pixels) ** 2).mean(1) + prior * (z**2).mean(1)",
            "but not the prior",
        ),
        (
            "cost_slope",
            "def cost_slope(generator, z, labels, prior, shares, pixels):\n    z = z.clone().requires_grad_()\n"
            "    e = (shares * (generator(z, labels).flatten(1) - pixels) ** 2).sum()\n    e.backward()\n    return z.grad",
            "compares images from -1 to 1 with grey levels",
        ),
        (
            "cost_slope",
            "def cost_slope(generator, z, labels, prior, shares, pixels):\n    z = z.clone().requires_grad_()\n"
            "    d = 127.5 * (generator(z, labels).flatten(1) + 1)\n    e = (shares * (d - pixels) ** 2).sum()\n    e.backward()\n"
            "    return z.grad",
            "leaves out the prior",
        ),
        (
            "cost_slope",
            "def cost_slope(generator, z, labels, prior, shares, pixels):\n    z = z.clone().requires_grad_()\n"
            "    d = 127.5 * (generator(z, labels).flatten(1) + 1)\n"
            "    e = ((shares * (d - pixels) ** 2).sum(1) + prior**2 * (z**2).mean(1)).mean()\n    e.backward()\n    return z.grad",
            "divided by the number of searches",
        ),
        (
            "damped_step",
            "def damped_step(jacobian, residual, damping):\n    a = jacobian @ jacobian.T\n"
            "    return np.linalg.solve(a + damping * np.eye(len(a)), jacobian @ residual)",
            "goes uphill",
        ),
        (
            "damped_step",
            "def damped_step(jacobian, residual, damping):\n    return -np.linalg.lstsq(jacobian.T, residual, rcond=None)[0]",
            "is not damped",
        ),
        (
            "principal_directions",
            "def principal_directions(features, z, count):\n    f = features - features.mean(0)\n"
            "    values, axes = np.linalg.eigh(f.T @ f / len(z))\n    axes = axes[:, -count:]\n"
            "    s = f @ axes / np.sqrt(values[-count:])\n    return s.T @ z / len(z)",
            "wrong",
        ),
        (
            "principal_directions",
            "def principal_directions(features, z, count):\n    f = features - features.mean(0)\n"
            "    values, axes = np.linalg.eigh(f.T @ f / len(z))\n    axes = axes[:, ::-1][:, :count]\n"
            "    return (f @ axes).T @ (z - z.mean(0)) / len(z)",
            "for one deviation: divide",
        ),
        (
            "principal_directions",
            "def principal_directions(features, z, count):\n    f = features - features.mean(0)\n"
            "    return np.linalg.svd(f, full_matrices=False)[2][:count]",
            "mapped back to z",
        ),
        (
            "auc",
            "def auc(normal, anomalous):\n    return np.mean([a > n for a in anomalous for n in normal])",
            "ties count half",
        ),
        (
            "auc",
            "def auc(normal, anomalous):\n    return (anomalous > np.median(normal)).mean()",
            "the area is over all of them",
        ),
        ("blind_spot", "blind_spot = 'a'", "can the generator draw it?"),
    ],
}
