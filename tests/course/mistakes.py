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
}
