"""The U-Net: Ronneberger et al. 2015 (https://arxiv.org/abs/1505.04597), with padded convolutions and
batch normalization. `Model()` takes images [B, 3, H, W], RGB in 0..1, and gives logits
[B, CLASSES, H, W]; 2 ** DEPTH must divide H and W.
"""

import torch
from torch import nn

CLASSES, WIDTH, DEPTH = 19, 16, 4


def block(i, o):
    """Twice: convolution 3x3, batch normalization, ReLU; from i to o channels."""
    layers = []
    for c in (i, o):
        layers += [nn.Conv2d(c, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True)]
    return nn.Sequential(*layers)


class Model(nn.Module):
    def __init__(self, classes=CLASSES, width=WIDTH, depth=DEPTH):
        super().__init__()
        channels = [width * 2**level for level in range(depth)]
        i = 3
        self.d, self.u, self.c = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for o in channels:
            self.d.append(block(i, o))
            i = o
        self.mid = block(i, width * 2**depth)
        i = width * 2**depth
        for o in reversed(channels):
            self.u.append(nn.ConvTranspose2d(i, o, 2, 2))
            self.c.append(block(o * 2, o))
            i = o
        self.out = nn.Conv2d(i, classes, 1)

    def forward(self, x):
        skips = []
        for d in self.d:
            x = d(x)
            skips.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.mid(x)
        for u, c in zip(self.u, self.c):
            x = c(torch.cat([skips.pop(), u(x)], 1))
        return self.out(x)
