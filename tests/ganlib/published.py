"""Parameter counts of the reports' networks, published or counted by hand: of G with that latent length, and of D."""

PARAMETERS = [  # recipe, image size, channels, latent length, generator, discriminator
    ("mlp", 28, 1, 4, 1_858_320, 267_009),
    ("mlp-lsgan", 28, 1, 4, 1_858_320, 267_009),
    ("infogan-dc", 28, 1, 4, 6_580_801, 1_102_721),
    ("deep-mlp", 28, 1, 100, 14_422_672, 14_360_577),
    ("dcgan-upsample", 32, 1, 100, 1_049_985, 98_113),
    ("dcgan-upsample", 64, 3, 100, 3_533_315, 99_937),
    ("dcgan-linear", 64, 3, 100, 12_675_715, 11_038_081),
    ("dcgan-96", 96, 3, 100, 1_101_571, 695_105),
]
