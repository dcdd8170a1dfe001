#!/bin/busybox sh
# Mounts the system and the payload, adds the kernel's modules and the tests' unit to the system, and starts its init: systemd, or
# what the kernel's command line says.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for module in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
	[ ! -e /modules/$module.ko ] || insmod /modules/$module.ko
done
mkdir /system
mount -t ext4 /dev/vda /system
mkdir -p /system/payload /system/usr/lib/modules
mount -t ext4 /dev/vdb /system/payload
ln -s /payload/lib/modules/$(uname -r) /system/usr/lib/modules/
ln -s /payload/bin/node /system/usr/local/bin/node
[ ! -e /system/payload/pm2 ] || ln -s /payload/pm2/node_modules/pm2/bin/pm2 /system/usr/local/bin/pm2
cp /system/payload/sockscope-tests.service /system/etc/systemd/system/
for word in $(cat /proc/cmdline); do
	case $word in init=*) init=${word#init=} ;; esac
done
umount /proc /sys
exec switch_root /system ${init:-/sbin/init}
