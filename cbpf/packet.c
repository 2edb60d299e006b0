/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

static const struct cbpf_skb nothing;

/* bpf_skb_load_helper_convert_offset(). A negative result is a place before data. */
int64_t cbpf_resolve(const struct cbpf_packet *pkt, uint32_t offset)
{
	const struct cbpf_skb *skb = pkt->skb ? pkt->skb : &nothing;
	int32_t at = (int32_t)offset;

	if (at >= 0)
		return at;
	if (at >= SKF_NET_OFF)
		return skb->has_net ? (int64_t)at - SKF_NET_OFF + skb->net : INT64_MIN;
	if (at >= SKF_LL_OFF && skb->has_mac)
		return (int64_t)at - SKF_LL_OFF + skb->mac;
	return INT64_MIN;
}

bool cbpf_load(const struct cbpf_packet *pkt, int64_t at, uint32_t size, uint32_t *out)
{
	uint32_t v = 0;

	if (at < -(int64_t)pkt->headroom || at > (int64_t)pkt->caplen ||
	    (int64_t)size > (int64_t)pkt->caplen - at)
		return false;
	for (uint32_t i = 0; i < size; i++)
		v = v << 8 | pkt->data[at + i];
	*out = v;
	return true;
}

/* __skb_get_nlattr(): the attribute of type X from offset A on, as netlink lays them out (native
 * byte order, 4-byte alignment). Its offset, or 0. */
static uint32_t find_attribute(const struct cbpf_packet *pkt, uint32_t a, uint32_t end, uint32_t x)
{
	struct nlattr nla;

	while (a <= end && end - a >= sizeof(nla)) {
		memcpy(&nla, pkt->data + a, sizeof(nla));
		if (nla.nla_len < sizeof(nla) || nla.nla_len > end - a)
			return 0;
		if ((nla.nla_type & NLA_TYPE_MASK) == x)
			return a;
		a += NLA_ALIGN(nla.nla_len);
	}
	return 0;
}

/* bpf_skb_get_nlattr() and _nest(); a cut packet has no attributes behind the cut. */
static uint32_t attribute(const struct cbpf_packet *pkt, bool nested, uint32_t a, uint32_t x)
{
	struct nlattr nla;

	if (pkt->len < sizeof(nla) || a > pkt->len - sizeof(nla) || a > pkt->caplen)
		return 0;
	if (!nested)
		return find_attribute(pkt, a, pkt->caplen, x);
	if (pkt->caplen - a < sizeof(nla))
		return 0;
	memcpy(&nla, pkt->data + a, sizeof(nla));
	if (nla.nla_len < sizeof(nla) || nla.nla_len > pkt->caplen - a)
		return 0;
	return find_attribute(pkt, a + (uint32_t)sizeof(nla), a + nla.nla_len, x);
}

bool cbpf_load_ancillary(const struct cbpf_packet *pkt, uint32_t offset, uint32_t x, uint32_t *a)
{
	const struct cbpf_skb *skb = pkt->skb ? pkt->skb : &nothing;

	switch (offset) {
	case SKF_AD_PROTOCOL:
		*a = skb->protocol;
		break;
	case SKF_AD_PKTTYPE:
		*a = skb->pkttype & 7;
		break;
	case SKF_AD_IFINDEX:
	case SKF_AD_HATYPE:
		if (!skb->ifindex)
			return false;
		*a = offset == SKF_AD_IFINDEX ? skb->ifindex : skb->hatype;
		break;
	case SKF_AD_NLATTR:
	case SKF_AD_NLATTR_NEST:
		*a = attribute(pkt, offset == SKF_AD_NLATTR_NEST, *a, x);
		break;
	case SKF_AD_MARK:
		*a = skb->mark;
		break;
	case SKF_AD_QUEUE:
		*a = skb->queue;
		break;
	case SKF_AD_RXHASH:
		*a = skb->rxhash;
		break;
	case SKF_AD_CPU:
		*a = skb->cpu;
		break;
	case SKF_AD_ALU_XOR_X:
		*a ^= x;
		break;
	case SKF_AD_VLAN_TAG:
		*a = skb->vlan_tci;
		break;
	case SKF_AD_VLAN_TAG_PRESENT:
		*a = skb->vlan_proto || skb->vlan_tci;
		break;
	case SKF_AD_VLAN_TPID:
		*a = skb->vlan_proto;
		break;
	case SKF_AD_PAY_OFFSET:
		*a = skb->payload_offset;
		break;
	case SKF_AD_RANDOM:
		*a = skb->random;
		break;
	}
	return true;
}
