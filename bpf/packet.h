/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The remote end of a packet, from its headers. */
#ifndef SOCKSCOPE_PACKET_H
#define SOCKSCOPE_PACKET_H

#include "kernel.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define UDP_WORDS 2 /* of its header, of four bytes each */

struct packet {
	__u8 remote_address[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u16 remote_port;       /* 0: unknown (a fragment, or extension headers) */
	__u16 protocol;
	__u32 payload; /* bytes behind the header of TCP or UDP */
};

struct ports {
	__be16 source;
	__be16 destination;
};

struct hop_options {
	__u8 next_header;
	__u8 length; /* in 8 bytes, without the first 8 */
};

static void read_transport(struct packet *packet, const struct __sk_buff *skb, __u32 offset, bool incoming)
{
	struct ports ports = {};
	__u8 words = UDP_WORDS << 4; /* as in the header of TCP */

	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return;
	if (bpf_skb_load_bytes(skb, offset, &ports, sizeof(ports)))
		return;
	packet->remote_port = bpf_ntohs(incoming ? ports.source : ports.destination);
	if (packet->protocol == IPPROTO_TCP && bpf_skb_load_bytes(skb, offset + 12, &words, sizeof(words)))
		return;
	offset += (words >> 4) * 4;
	packet->payload = skb->len > offset ? skb->len - offset : 0;
}

static void read_packet4(struct packet *packet, const struct __sk_buff *skb, bool incoming)
{
	__u8 header[20];

	if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)))
		return;
	packet->protocol = header[9];
	packet->remote_address[10] = 0xff;
	packet->remote_address[11] = 0xff;
	__builtin_memcpy(packet->remote_address + 12, header + (incoming ? 12 : 16), 4);
	/* A later fragment has no ports. */
	if (!((header[6] << 8 | header[7]) & 0x1fff))
		read_transport(packet, skb, (header[0] & 0xf) * 4, incoming);
}

/*
 * Returns where the transport header begins. The kernel itself puts hop-by-hop options into packets of more
 * than 64 kB (IPv6 jumbograms), which TCP sends over loopback. Other extension headers are not read.
 */
static __u32 skip_hop_options(struct packet *packet, const struct __sk_buff *skb, __u32 offset)
{
	struct hop_options options = {};

	if (packet->protocol != IPPROTO_HOPOPTS || bpf_skb_load_bytes(skb, offset, &options, sizeof(options)))
		return offset;
	packet->protocol = options.next_header;
	return offset + (options.length + 1) * 8;
}

static void read_packet6(struct packet *packet, const struct __sk_buff *skb, bool incoming)
{
	__u8 header[40];

	if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)))
		return;
	packet->protocol = header[6];
	__builtin_memcpy(packet->remote_address, header + (incoming ? 8 : 24), 16);
	read_transport(packet, skb, skip_hop_options(packet, skb, sizeof(header)), incoming);
}

/* A global function, as judge(). */
__attribute__((noinline)) int read_packet(struct __sk_buff *skb, struct packet *packet, bool incoming)
{
	if (!packet)
		return 0;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		read_packet4(packet, skb, incoming);
	else
		read_packet6(packet, skb, incoming);
	return 0;
}

#endif
