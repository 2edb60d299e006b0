/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metadata.h"

#include <linux/if_ether.h>

const struct cbpf_metadatum cbpf_metadata[CBPF_METADATA] = {
	{SKF_AD_PROTOCOL, "protocol", "protocol", 0, UINT16_MAX, 2},
	{SKF_AD_PKTTYPE, "pkttype", "packet type", 0, 7, 0},
	/* a packet without a device ends the program */
	{SKF_AD_IFINDEX, "ifindex", "interface index", 1, INT32_MAX, 0},
	{SKF_AD_MARK, "mark", "mark", 0, UINT32_MAX, 0},
	{SKF_AD_QUEUE, "queue", "queue", 0, UINT16_MAX, 0},
	{SKF_AD_HATYPE, "hatype", "hardware type", 0, UINT16_MAX, 0},
	{SKF_AD_RXHASH, "rxhash", "receive hash", 0, UINT32_MAX, 0},
	{SKF_AD_VLAN_TAG, "vlan_tci", "VLAN TCI", 0, UINT16_MAX, 0},
	{SKF_AD_VLAN_TAG_PRESENT, NULL, "VLAN tag present", 0, 1, 0},
	{SKF_AD_VLAN_TPID, "vlan_proto", "VLAN TPID", 0, UINT16_MAX, 2},
};

int cbpf_metadata_find(uint32_t ad_offset)
{
	for (int n = 0; n < CBPF_METADATA; n++)
		if (cbpf_metadata[n].offset == ad_offset)
			return n;
	return -1;
}

void cbpf_metadata_set(struct cbpf_skb *skb, int n, uint32_t value)
{
	switch (cbpf_metadata[n].offset) {
	case SKF_AD_PROTOCOL:
		skb->protocol = (uint16_t)value;
		break;
	case SKF_AD_PKTTYPE:
		skb->pkttype = (uint8_t)value;
		break;
	case SKF_AD_IFINDEX:
		skb->ifindex = value;
		break;
	case SKF_AD_MARK:
		skb->mark = value;
		break;
	case SKF_AD_QUEUE:
		skb->queue = (uint16_t)value;
		break;
	case SKF_AD_HATYPE:
		skb->hatype = (uint16_t)value;
		break;
	case SKF_AD_RXHASH:
		skb->rxhash = value;
		break;
	case SKF_AD_VLAN_TAG:
		skb->vlan_tci = (uint16_t)value;
		break;
	case SKF_AD_VLAN_TPID:
		skb->vlan_proto = (uint16_t)value;
		break;
	}
}

uint32_t cbpf_metadata_get(const struct cbpf_skb *skb, int n)
{
	const struct cbpf_packet pkt = {.skb = skb};
	uint32_t a = 0;

	cbpf_load_ancillary(&pkt, cbpf_metadata[n].offset, 0, &a);
	return a;
}

uint32_t cbpf_ethernet_offset(uint32_t k)
{
	if (k <= INT32_MAX)
		return k;
	if (k >= (uint32_t)SKF_NET_OFF)
		return k - (uint32_t)SKF_NET_OFF + ETH_HLEN;
	return k - (uint32_t)SKF_LL_OFF;
}
