#!/bin/busybox sh
# The first process of the guest: what Node and sockscope need, then guest.mjs, then off.
# The result goes to the second serial port: the first one is the kernel's console.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
for module in inet_diag tcp_diag udp_diag; do insmod /modules/$module.ko; done
node /guest.mjs > /tmp/result.json
stty -F /dev/ttyS1 raw
cat /tmp/result.json > /dev/ttyS1
sync
poweroff -f
