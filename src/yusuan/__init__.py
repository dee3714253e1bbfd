"""yusuan (预算): compile, read, check and publish the statutory budget disclosure of Chinese public agencies."""

__version__ = "0.1.0"
