"""Recognition of printed text in small pictures: the PP-OCR networks that the ``rapidocr`` wheel carries, run as they
are by onnxruntime. Nothing is downloaded; a wheel without the networks counts as not installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from yusuan.read.formats.raster import Box, Gray

HEIGHT = 48
"""Pixels of the pictures that the recognising network takes."""
NARROWEST, WIDEST = 64, 3200
BATCH_PIXELS = 6_000
"""Width of all pictures of one batch together: bounds memory."""
FIGURE = "0123456789.,-()%+△ "
"""Signs that a printed figure is made of."""
LEAST_INK = 0.3
"""Probability from which a pixel belongs to text, as the detecting network tells it."""
DETECT_SIDE, GLANCE_SIDE = 1600, 960
"""Pixels of the longer side of a page: to find its lines, and to see which way it lies."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Recognised text and how sure the network is (0-1, the least sure sign counts most)."""

    text: str
    confidence: float


def models() -> Path | None:
    """The folder of the networks; ``None`` when the extra ``ocr`` is not installed."""
    try:
        found = find_spec("rapidocr")
    except (ImportError, ValueError):
        return None
    if found is None or found.origin is None or find_spec("onnxruntime") is None:
        return None
    folder = Path(found.origin).parent / "models"
    return folder if _network(folder, "rec") and _network(folder, "det") else None


def _network(folder: Path, task: str) -> Path | None:
    """The network of a task (rec, det): the largest when there are several."""
    return max(folder.glob(f"*_{task}_*.onnx"), key=lambda p: p.stat().st_size, default=None)


@cache
def _session(task: str) -> Any:
    import onnxruntime as runtime

    folder = models()
    assert folder is not None
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    return runtime.InferenceSession(str(_network(folder, task)), options, providers=["CPUExecutionProvider"])


@cache
def _signs() -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Signs by the network's number, and the numbers of those that figures are made of."""
    listed = _session("rec").get_modelmeta().custom_metadata_map["character"].splitlines()
    signs = ("", *listed, " ")
    return signs, np.array([i for i, sign in enumerate(signs) if sign in FIGURE], dtype=np.int64)


def read_crops(crops: Sequence[Gray]) -> list[Reading]:
    """The text of pictures of one line each, in batches of like width."""
    scaled = [_scaled(crop) for crop in crops]
    found = [Reading("", 0.0)] * len(crops)
    order = sorted(range(len(crops)), key=lambda i: scaled[i].shape[1])
    start = 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end + 1 - start) * scaled[order[end]].shape[1] <= BATCH_PIXELS:
            end += 1
        batch = order[start:end]
        for i, reading in zip(batch, _read([scaled[i] for i in batch]), strict=True):
            found[i] = reading
        start = end
    return found


def _scaled(crop: Gray) -> Gray:
    height, width = crop.shape
    wide = min(max(round(width * HEIGHT / height), 8), WIDEST)
    method = cv2.INTER_AREA if height > 1.5 * HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (wide, HEIGHT), interpolation=method), dtype=np.uint8)


def _read(crops: Sequence[Gray]) -> list[Reading]:
    wide = max(NARROWEST, *(crop.shape[1] for crop in crops))
    wide += -wide % 8
    stack = np.zeros((len(crops), 3, HEIGHT, wide), dtype=np.float32)
    for row, crop in enumerate(crops):
        stack[row, :, :, : crop.shape[1]] = crop.astype(np.float32) / 127.5 - 1.0
    session = _session("rec")
    chances = session.run(None, {session.get_inputs()[0].name: stack})[0]
    return [_decoded(sequence) for sequence in chances]


def _decoded(chances: NDArray[np.float32]) -> Reading:
    """Text of one sequence (steps × signs): repeated signs are one, blanks part them."""
    signs, figures = _signs()
    best = chances.argmax(axis=1)
    text, sure = _collapsed(best, chances, signs)
    inside = sum(sign in FIGURE for sign in text)
    if inside < len(text) and inside >= 0.7 * len(text) and any(sign.isdigit() for sign in text):
        narrowed = figures[chances[:, figures].argmax(axis=1)]
        again, surer = _collapsed(narrowed, chances, signs)
        if len(again) == len(text) and surer >= 0.2:
            text, sure = again, surer
    return Reading(text, round(sure, 4))


def _collapsed(best: NDArray[np.int64], chances: NDArray[np.float32], signs: Sequence[str]) -> tuple[str, float]:
    kept = [i for i, number in enumerate(best) if number and (i == 0 or best[i - 1] != number)]
    if not kept:
        return "", 0.0
    probabilities = [float(chances[i, best[i]]) for i in kept]
    mean = sum(probabilities) / len(probabilities)
    return "".join(signs[int(best[i])] for i in kept).strip(), min(mean, 0.5 * (mean + min(probabilities)))


def upright(gray: Gray) -> int:
    """Quarter turns counter-clockwise after which the text of a page runs from left to right, by trial on its longest
    lines; 0 when it tells nothing."""
    boxes = find_text(gray, GLANCE_SIDE)
    tall = [box for box in boxes if box[3] - box[1] > 1.5 * (box[2] - box[0])]
    wide = [box for box in boxes if box[2] - box[0] > 1.5 * (box[3] - box[1])]
    if len(tall) > 2 * len(wide) and len(tall) >= 3:
        rivals, boxes = (1, 3), tall
    else:
        rivals, boxes = (0, 2), wide
    boxes = sorted(boxes, key=lambda b: max(b[2] - b[0], b[3] - b[1]))[-6:]
    if len(boxes) < 2:
        return 0
    scores = {turn: _sureness(gray, boxes, turn) for turn in rivals[:1]}
    if rivals[0] or scores[0] < 0.8:
        scores[rivals[1]] = _sureness(gray, boxes, rivals[1])
    return max(scores, key=lambda turn: scores[turn])


def _sureness(gray: Gray, boxes: Sequence[Box], quarters: int) -> float:
    """Mean confidence of some lines when the page is turned."""
    crops = [
        np.ascontiguousarray(np.rot90(gray[top:bottom, left:right], quarters)) for left, top, right, bottom in boxes
    ]
    readings = read_crops(crops)
    return sum(reading.confidence for reading in readings) / len(readings)


def find_text(gray: Gray, side: int = DETECT_SIDE) -> list[Box]:
    """Boxes around lines of text of a page, in pixels; the page is looked at with ``side`` pixels along."""
    height, width = gray.shape
    ratio = min(side / max(height, width), 1.0)
    high, wide = (max(round(side * ratio / 32), 1) * 32 for side in (height, width))
    small = cv2.resize(gray, (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1.0
    session = _session("det")
    stack = np.repeat(small[None, None], 3, axis=1)
    chances = session.run(None, {session.get_inputs()[0].name: stack})[0][0, 0]
    mask = (chances > LEAST_INK).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    sums = np.bincount(labels.ravel(), weights=chances.ravel(), minlength=count)
    boxes: list[Box] = []
    for number in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[number])
        if area < 12 or h < 3 or sums[number] / area < 0.5:
            continue
        # The network marks the core of a line: the shrunk outline is grown by the proportion it was trained with.
        grow = 0.8 * w * h / (w + h)
        left, right = (x - grow) * width / wide, (x + w + grow) * width / wide
        top, bottom = (y - grow) * height / high, (y + h + grow) * height / high
        boxes.append((max(int(left), 0), max(int(top), 0), min(round(right), width), min(round(bottom), height)))
    return boxes
