"""One 1x1 convolution, which sees nothing but the colour of a pixel. `Model()` takes images
[B, 3, H, W], RGB in 0..1, and gives logits [B, CLASSES, H, W].
"""

from torch import nn

CLASSES = 19


class Model(nn.Module):
    def __init__(self, classes=CLASSES):
        super().__init__()
        self.out = nn.Conv2d(3, classes, 1)

    def forward(self, x):
        return self.out(x)
