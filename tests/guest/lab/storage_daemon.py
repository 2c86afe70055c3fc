"""qemu-storage-daemon: the hypervisor world's own vhost-user-blk server, the peer to compare with."""

from . import watch


class StorageDaemon:
    def __init__(self, workplace, blockdevs, name='storage-daemon'):
        """blockdevs: (node name, its --blockdev text); each is exported on its own socket."""
        self.sockets = {}
        command = ['qemu-storage-daemon']
        for node, text in blockdevs:
            path = workplace.path(f'{name}-{node}.sock')
            self.sockets[node] = path
            command += ['--blockdev', f'{text},node-name={node}',
                        '--export', f'type=vhost-user-blk,id=export-{node},node-name={node},addr.type=unix,'
                                    f'addr.path={path},writable=on']
        self.process = workplace.start(name, command)
        watch.until(lambda: self._is_up(), f'{name} listening')

    def _is_up(self):
        if not self.process.is_running():
            raise RuntimeError(f'qemu-storage-daemon ended: {self.process.log_tail()}')
        return all(path.exists() for path in self.sockets.values())


def null_disk(size_bytes):
    return f'driver=null-co,size={size_bytes},read-zeroes=off'


def iscsi_disk(portal, iqn, lun):
    return f'driver=iscsi,transport=tcp,portal={portal},target={iqn},lun={lun},cache.direct=on'
