"""Writes the newc archive that a kernel unpacks as its first file system."""

import stat


class Archive:
    def __init__(self):
        self._bytes = bytearray()
        self._inode = 1
        self._folders = set()

    def add_folder(self, path):
        path = path.strip('/')
        if not path or path in self._folders:
            return
        if '/' in path:
            self.add_folder(path.rsplit('/', 1)[0])
        self._folders.add(path)
        self._entry(path, stat.S_IFDIR | 0o755, b'')

    def add_file(self, path, data, mode=0o755):
        path = path.strip('/')
        if '/' in path:
            self.add_folder(path.rsplit('/', 1)[0])
        self._entry(path, stat.S_IFREG | mode, data)

    def add_device(self, path, major, minor):
        path = path.strip('/')
        self.add_folder(path.rsplit('/', 1)[0])
        self._entry(path, stat.S_IFCHR | 0o600, b'', (major, minor))

    def write(self, path):
        self._entry('TRAILER!!!', 0, b'')
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix('.part')
        part.write_bytes(self._bytes)
        part.rename(path)

    def _entry(self, name, mode, data, device=(0, 0)):
        encoded = name.encode() + b'\0'
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(encoded), 0)
        self._inode += 1
        self._bytes += b'070701' + b''.join(b'%08X' % field for field in fields) + encoded
        self._pad()
        self._bytes += data
        self._pad()

    def _pad(self):
        self._bytes += b'\0' * (-len(self._bytes) % 4)
