"""The one table of ./run."""

GUEST_CEILING_IOPS = 10000


def render(cells, lanes, peer):
    """Lines of the table; ratio is a lane's IOPS over those of the lane named `peer`."""
    heading = ('load', 'disk', 'IOPS', 'min-max', 'p50 us', 'p99 us', 'CPU s/M', 'target s/M', 'ratio', 'x 10,000')
    rows = [heading]
    for load, by_lane in cells.items():
        for lane in lanes:
            rows.append(_row(load, lane, by_lane[lane.name], by_lane[peer].median('iops')))
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    lines = []
    for index, row in enumerate(rows):
        if index and row[0] and lines:
            lines.append('')
        cells_text = [text.ljust(width) if column < 2 else text.rjust(width)
                      for column, (text, width) in enumerate(zip(row, widths))]
        lines.append('  '.join(cells_text).rstrip())
    return lines


def _row(load, lane, cell, peer_iops):
    low, high = cell.spread()
    iops = cell.median('iops')
    first_of_load = lane.name.startswith('Laneway, LUN')
    return (load.title if first_of_load else '', lane.name, f'{iops:,.0f}', f'{low:,.0f}-{high:,.0f}',
            f'{cell.median("p50_us"):,.0f}', f'{cell.median("p99_us"):,.0f}', f'{cell.median("server_cpu"):.1f}',
            f'{cell.median("target_cpu"):.1f}' if cell.target_cpu else '-',
            f'{iops / peer_iops:.2f}' if peer_iops else '-', f'{iops / GUEST_CEILING_IOPS:.2f}')
