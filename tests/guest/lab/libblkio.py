"""libblkio, a vhost-user-blk client independent of QEMU and Linux, called through ctypes."""

import ctypes
from ctypes import c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

UNMAP_NOT_WANTED = 2  # BLKIO_REQ_NO_UNMAP
FUA = 1               # BLKIO_REQ_FUA


class _Region(ctypes.Structure):
    _fields_ = [('address', c_void_p), ('length', c_size_t), ('iova', c_uint64), ('fd_offset', c_int64), ('fd', c_int),
                ('flags', c_uint32)]


class _Completion(ctypes.Structure):
    _fields_ = [('user_data', c_void_p), ('error_msg', c_char_p), ('result', c_int), ('reserved', ctypes.c_uint8 * 12)]


class BlkioError(AssertionError):
    pass


class Disk:
    """A disk opened over a function's socket, with one buffer of `buffer_bytes` that all requests use."""

    def __init__(self, library, socket, queues=1, buffer_bytes=1 << 20, **properties):
        self._lib = _declare(ctypes.CDLL(str(library)))
        self._blkio = c_void_p()
        self._check(self._lib.blkio_create(b'virtio-blk-vhost-user', ctypes.byref(self._blkio)))
        self._check(self._lib.blkio_set_str(self._blkio, b'path', str(socket).encode()))
        self._check(self._lib.blkio_connect(self._blkio))
        for name, value in {'num-queues': queues, **properties}.items():
            self._check(self._lib.blkio_set_int(self._blkio, name.encode(), value))
        self._check(self._lib.blkio_start(self._blkio))
        self._region = self.map_memory(buffer_bytes)
        self._queues = [self._lib.blkio_get_queue(self._blkio, index) for index in range(queues)]
        self._waiting = [0] * queues

    def close(self):
        if self._blkio:
            self._lib.blkio_destroy(ctypes.byref(self._blkio))

    def number(self, name):
        value = c_int()
        self._check(self._lib.blkio_get_int(self._blkio, name.encode(), ctypes.byref(value)))
        return value.value

    def capacity_bytes(self):
        value = c_uint64()
        self._check(self._lib.blkio_get_uint64(self._blkio, b'capacity', ctypes.byref(value)))
        return value.value

    def map_memory(self, length):
        """One more region that the server may reach; unmap_memory() takes it away again."""
        region = _Region()
        self._check(self._lib.blkio_alloc_mem_region(self._blkio, ctypes.byref(region), length))
        self._check(self._lib.blkio_map_mem_region(self._blkio, ctypes.byref(region)))
        return region

    def unmap_memory(self, region):
        self._lib.blkio_unmap_mem_region(self._blkio, ctypes.byref(region))
        self._lib.blkio_free_mem_region(self._blkio, ctypes.byref(region))

    def put(self, offset, data, region=None):
        """Fills the buffer."""
        ctypes.memmove((region or self._region).address + offset, data, len(data))

    def bytes_at(self, offset, length, region=None):
        return ctypes.string_at((region or self._region).address + offset, length)

    # Each begins one request on a queue; `at` is its place in the buffer. finish() waits for all of a queue.

    def begin_read(self, start, length, at=0, queue=0, region=None):
        self._begin(queue, self._lib.blkioq_read, start, (region or self._region).address + at, length)

    def begin_write(self, start, length, at=0, queue=0, flags=0):
        self._begin(queue, self._lib.blkioq_write, start, self._region.address + at, length, flags=flags)

    def begin_flush(self, queue=0):
        self._begin(queue, self._lib.blkioq_flush)

    def begin_discard(self, start, length, queue=0):
        self._begin(queue, self._lib.blkioq_discard, start, length)

    def begin_write_zeroes(self, start, length, queue=0, flags=0):
        self._begin(queue, self._lib.blkioq_write_zeroes, start, length, flags=flags)

    def finish(self, queue=0):
        """The results of all requests of the queue: 0, or an errno below zero."""
        results = []
        while self._waiting[queue]:
            completions = (_Completion * self._waiting[queue])()
            count = self._check(self._lib.blkioq_do_io(self._queues[queue], completions, 1, len(completions), None))
            results += [completion.result for completion in completions[:count]]
            self._waiting[queue] -= count
        return results

    def _begin(self, queue, function, *arguments, flags=0):
        function(self._queues[queue], *arguments, None, flags)
        self._waiting[queue] += 1

    def _check(self, result):
        if result < 0:
            raise BlkioError(f'libblkio: {result}: {self._lib.blkio_get_error_msg().decode(errors="replace")}')
        return result


def _declare(lib):
    # Arguments of each function; all return an int unless named below.
    span = (c_uint64, c_void_p, c_size_t)
    shapes = {
        'blkio_create': (c_char_p, c_void_p), 'blkio_destroy': (c_void_p,), 'blkio_connect': (c_void_p,),
        'blkio_start': (c_void_p,), 'blkio_set_str': (c_void_p, c_char_p, c_char_p),
        'blkio_set_int': (c_void_p, c_char_p, c_int), 'blkio_get_int': (c_void_p, c_char_p, c_void_p),
        'blkio_get_uint64': (c_void_p, c_char_p, c_void_p), 'blkio_alloc_mem_region': (c_void_p, c_void_p, c_size_t),
        'blkio_map_mem_region': (c_void_p, c_void_p), 'blkio_unmap_mem_region': (c_void_p, c_void_p),
        'blkio_free_mem_region': (c_void_p, c_void_p), 'blkio_get_queue': (c_void_p, c_int),
        'blkioq_read': (c_void_p, *span, c_void_p, c_uint32), 'blkioq_write': (c_void_p, *span, c_void_p, c_uint32),
        'blkioq_flush': (c_void_p, c_void_p, c_uint32),
        'blkioq_discard': (c_void_p, c_uint64, c_uint64, c_void_p, c_uint32),
        'blkioq_write_zeroes': (c_void_p, c_uint64, c_uint64, c_void_p, c_uint32),
        'blkioq_do_io': (c_void_p, c_void_p, c_int, c_int, c_void_p), 'blkio_get_error_msg': (),
    }
    for name, arguments in shapes.items():
        getattr(lib, name).argtypes = arguments
    lib.blkio_get_queue.restype = c_void_p
    lib.blkio_get_error_msg.restype = c_char_p
    return lib
