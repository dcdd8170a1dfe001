#!/bin/busybox sh
# The first process of the guest: what Node and sockscope need, but for what this guest goes $without (variants.mjs), then guest/,
# then off. The result goes to the second serial port: the first one is the kernel's console.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t securityfs securityfs /sys/kernel/security
mount -t devtmpfs devtmpfs /dev
if [ "$without" != cgroup2 ]; then mkdir -p /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup; fi
if [ "$without" = btf ]; then mount -t tmpfs tmpfs /sys/kernel/btf; fi
ip link set lo up
if [ "$without" != sock_diag ]; then
	for module in inet_diag tcp_diag udp_diag; do insmod /modules/$module.ko; done
fi
node /guest/main.mjs > /result.json
stty -F /dev/ttyS1 raw
cat /result.json > /dev/ttyS1
sync
poweroff -f
