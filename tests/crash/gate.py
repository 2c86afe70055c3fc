"""The gate of laneway-engine-planted: asks it to stand still at a moment, so that a kill falls exactly there."""

from lab import watch

# planted.h knows them, too.
BEFORE_USED, AFTER_USED = b'b', b'a'
_NONE, _HERE = b'-', b'!'


class Gate:
    def __init__(self, path):
        self.path = path
        path.write_bytes(_NONE)

    def wait_standing(self, moment):
        """Until one of the engine's threads stands there; only a death of the engine ends that. An engine that does
        not come there shows nothing: no AssertionError, which a planted bug would count as its own."""
        with open(self.path, 'r+b') as file:  # in place: the engine has it mapped
            file.write(moment)
        try:
            watch.until(lambda: self.path.read_bytes() == _HERE, f'the engine standing at {moment}')
        except watch.TookTooLong as error:
            raise RuntimeError(error) from None
