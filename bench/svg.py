"""Draws charts as SVG: bars with their spread, lines over a logarithmic axis, histograms. Text in, text out."""

import math
from html import escape

WIDTH = 860
FONT = 'font-family="DejaVu Sans, Helvetica, Arial, sans-serif"'
COLORS = ('#1f6f8b', '#c8553d', '#e09f3e', '#6a8d3a', '#7d5ba6', '#888888')
INK, FAINT = '#222222', '#d8d8d8'


def short(value):
    """3 significant digits with k, M."""
    for factor, letter in ((1e9, 'G'), (1e6, 'M'), (1e3, 'k')):
        if value >= factor:
            return f'{value / factor:.3g} {letter}'
    return f'{value:.3g}'


class Canvas:
    def __init__(self, height, title):
        self.height = height
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>',
                      f'<title>{escape(title)}</title>', f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
        self.text(16, 26, title, size=16, weight='bold')

    def text(self, x, y, words, size=12, anchor='start', color=INK, weight='normal'):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}" '
                          f'font-weight="{weight}">{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, color=FAINT, width=1.0):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" '
                          f'stroke-width="{width}"/>')

    def bar(self, x, y, width, height, color):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" '
                          f'fill="{color}"/>')

    def path(self, points, color):
        joined = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
        self.parts.append(f'<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="2"/>')

    def dot(self, x, y, color):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>')

    def legend(self, names, y):
        x = 16
        for number, name in enumerate(names):
            self.bar(x, y - 9, 10, 10, COLORS[number % len(COLORS)])
            self.text(x + 15, y, name)
            x += 30 + 7 * len(name)

    def done(self):
        return '\n'.join(self.parts + ['</svg>', ''])


def bars(title, unit, groups):
    """groups: (caption, [(name, median, lowest, highest)]). Each group has a scale of its own, from 0."""
    rows = sum(len(items) for _, items in groups)
    canvas = Canvas(50 + rows * 20 + len(groups) * 34, f'{title} ({unit})')
    left, right = 230, WIDTH - 90
    y = 52
    for caption, items in groups:
        canvas.text(16, y + 10, caption, weight='bold')
        y += 20
        most = max((highest for _, _, _, highest in items), default=0) or 1
        scale = (right - left) / most
        for number, (name, middle, lowest, highest) in enumerate(items):
            canvas.text(left - 8, y + 11, name, anchor='end')
            canvas.bar(left, y, middle * scale, 14, COLORS[number % len(COLORS)])
            canvas.line(left + lowest * scale, y + 7, left + highest * scale, y + 7, INK, 1.5)
            for end in (lowest, highest):
                canvas.line(left + end * scale, y + 3, left + end * scale, y + 11, INK, 1.5)
            canvas.text(left + highest * scale + 8, y + 11, short(middle))
            y += 20
        y += 14
    return canvas.done()


class Plot:
    """Axes and their scales; x and y logarithmic or from 0."""

    LEFT, RIGHT, TOP = 80, WIDTH - 24, 70

    def __init__(self, canvas, spans, labels, is_log):
        (self.x_low, self.x_high), (self.y_low, self.y_high) = spans
        self.is_log_x, self.is_log_y = is_log
        self.canvas = canvas
        self.bottom = canvas.height - 50
        canvas.text((self.LEFT + self.RIGHT) / 2, canvas.height - 12, labels[0], anchor='middle')
        canvas.text(16, self.TOP - 12, labels[1])

    def x(self, value):
        return self.LEFT + _share(value, self.x_low, self.x_high, self.is_log_x) * (self.RIGHT - self.LEFT)

    def y(self, value):
        return self.bottom - _share(value, self.y_low, self.y_high, self.is_log_y) * (self.bottom - self.TOP)

    def grid(self, x_marks, y_marks, x_word=str):
        for mark in y_marks:
            self.canvas.line(self.LEFT, self.y(mark), self.RIGHT, self.y(mark))
            self.canvas.text(self.LEFT - 6, self.y(mark) + 4, short(mark), anchor='end')
        for mark in x_marks:
            self.canvas.line(self.x(mark), self.TOP, self.x(mark), self.bottom)
            self.canvas.text(self.x(mark), self.bottom + 18, x_word(mark), anchor='middle')


def _share(value, low, high, is_log):
    if is_log:
        return (math.log(max(value, low)) - math.log(low)) / ((math.log(high) - math.log(low)) or 1)
    return (value - low) / ((high - low) or 1)


def decades(low, high):
    """Marks at 1, 2 and 5 times powers of ten between two values."""
    marks = [factor * 10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
             for factor in (1, 2, 5)]
    return [mark for mark in marks if low <= mark <= high]


def lines(title, labels, series):
    """series: (name, [(x, middle, lowest, highest)]); both axes logarithmic."""
    points = [point for _, all_points in series for point in all_points]
    lowest, highest = min(point[2] for point in points), max(point[3] for point in points)
    xs = sorted({point[0] for point in points})
    canvas = Canvas(420, title)
    canvas.legend([name for name, _ in series], 46)
    plot = Plot(canvas, ((xs[0], xs[-1]), (lowest * 0.8, highest * 1.25)), labels, (True, True))
    plot.grid(xs, decades(lowest * 0.8, highest * 1.25))
    for number, (_, all_points) in enumerate(series):
        color = COLORS[number % len(COLORS)]
        canvas.path([(plot.x(x), plot.y(middle)) for x, middle, _, _ in all_points], color)
        for x, middle, low, high in all_points:
            canvas.line(plot.x(x), plot.y(low), plot.x(x), plot.y(high), color, 1.5)
            canvas.dot(plot.x(x), plot.y(middle), color)
    return canvas.done()


def histogram(title, series):
    """series: (name, [(end of bucket in ns, count)]); share of requests over a logarithmic time."""
    shares = [(name, _by_eighths(buckets)) for name, buckets in series if buckets]
    ends = [end for _, buckets in shares for end, _ in buckets]
    canvas = Canvas(360, title)
    canvas.legend([name for name, _ in shares], 46)
    if not ends:
        return canvas.done()
    highest = max(share for _, buckets in shares for _, share in buckets)
    low, high = min(ends) / 1.2, max(ends) * 1.2
    plot = Plot(canvas, ((low, high), (0, highest * 1.1)), ('latency', '% of requests'), (True, False))
    plot.grid(decades(low, high), [highest * part / 4 for part in range(5)], time_word)
    for number, (_, buckets) in enumerate(shares):
        canvas.path([(plot.x(end), plot.y(share)) for end, share in buckets], COLORS[number % len(COLORS)])
    return canvas.done()


def _by_eighths(buckets):
    """Counts in buckets of an eighth of a power of two, in per cent, without the thousandth part at the far end."""
    total = sum(count for _, count in buckets)
    sums = {}
    seen = 0
    for end, count in buckets:
        if seen > total * 0.999:
            break
        seen += count
        step = math.ceil(math.log2(max(end, 1)) * 8)
        sums[step] = sums.get(step, 0) + count
    first, last = min(sums), max(sums)
    return [(2 ** (step / 8), sums.get(step, 0) * 100 / total) for step in range(first - 1, last + 2)]


def time_word(nanoseconds):
    for factor, word in ((1e9, 's'), (1e6, 'ms'), (1e3, 'us')):
        if nanoseconds >= factor:
            return f'{nanoseconds / factor:.3g} {word}'
    return f'{nanoseconds:.3g} ns'
