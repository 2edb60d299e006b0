/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

const char *ptp_type_name(unsigned int type)
{
	static const char *const names[16] = {
		[PTP_SYNC] = "Sync",
		[PTP_DELAY_REQ] = "Delay_Req",
		[PTP_PDELAY_REQ] = "Pdelay_Req",
		[PTP_PDELAY_RESP] = "Pdelay_Resp",
		[PTP_FOLLOW_UP] = "Follow_Up",
		[PTP_DELAY_RESP] = "Delay_Resp",
		[PTP_PDELAY_RESP_FOLLOW_UP] = "Pdelay_Resp_Follow_Up",
		[PTP_ANNOUNCE] = "Announce",
		[PTP_SIGNALING] = "Signaling",
		[PTP_MANAGEMENT] = "Management",
	};

	return names[type & 15] ? names[type & 15] : "reserved";
}

const char *ptp_clock_accuracy_name(unsigned int accuracy)
{
	/* From 0x17 on; up to 0x1f new in the edition of 2019. */
	static const char *const names[] = {
		"within 1 ps",   "within 2.5 ps", "within 10 ps",    "within 25 ps",
		"within 100 ps", "within 250 ps", "within 1 ns",     "within 2.5 ns",
		"within 10 ns",  "within 25 ns",  "within 100 ns",   "within 250 ns",
		"within 1 us",   "within 2.5 us", "within 10 us",    "within 25 us",
		"within 100 us", "within 250 us", "within 1 ms",     "within 2.5 ms",
		"within 10 ms",  "within 25 ms",  "within 100 ms",   "within 250 ms",
		"within 1 s",    "within 10 s",   "worse than 10 s",
	};

	if (accuracy == 0xfe)
		return "unknown";
	return accuracy >= 0x17 && accuracy - 0x17 < COUNT(names) ? names[accuracy - 0x17] : NULL;
}

const char *ptp_time_source_name(unsigned int source)
{
	switch (source) {
	case 0x10:
		return "ATOMIC_CLOCK";
	case 0x20:
		return "GNSS";
	case 0x30:
		return "TERRESTRIAL_RADIO";
	case 0x39:
		return "SERIAL_TIME_CODE";
	case 0x40:
		return "PTP";
	case 0x50:
		return "NTP";
	case 0x60:
		return "HAND_SET";
	case 0x90:
		return "OTHER";
	case 0xa0:
		return "INTERNAL_OSCILLATOR";
	default:
		return NULL;
	}
}

const char *ptp_clock_class_name(unsigned int clock_class)
{
	switch (clock_class) {
	case 6:
		return "primary reference, PTP timescale";
	case 7:
		return "primary reference in holdover, PTP timescale";
	case 13:
		return "application-specific source, ARB timescale";
	case 14:
		return "application-specific source in holdover, ARB timescale";
	case 52:
	case 187:
		return "degraded, PTP timescale";
	case 58:
	case 193:
		return "degraded, ARB timescale";
	case 248:
		return "default";
	case 255:
		return "slave-only";
	default:
		return NULL;
	}
}

const char *ptp_action_name(unsigned int action)
{
	static const char *const names[] = {"GET", "SET", "RESPONSE", "COMMAND", "ACKNOWLEDGE"};

	return action < COUNT(names) ? names[action] : NULL;
}

const char *ptp_flag_name(unsigned int bit)
{
	static const char *const names[16] = {
		"leap61",
		"leap59",
		"currentUtcOffsetValid",
		"ptpTimescale",
		"timeTraceable",
		"frequencyTraceable",
		"synchronizationUncertain",
		NULL,
		"alternateMasterFlag",
		"twoStepFlag",
		"unicastFlag",
		NULL,
		NULL,
		"profileSpecific1",
		"profileSpecific2",
		"SECURITY",
	};

	return bit < 16 ? names[bit] : NULL;
}

void ptp_flags_text(struct text *t, uint16_t flags)
{
	const char *name, *separator = "";
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (!(flags >> i & 1))
			continue;
		name = ptp_flag_name(i);
		text_str(t, separator);
		if (name) {
			text_str(t, name);
		} else {
			text_str(t, "bit ");
			text_u64(t, i);
		}
		separator = ",";
	}
}

void ptp_clock_text(struct text *t, const struct ptp_clock_identity *id)
{
	text_octets(t, id->octets, 3, 0);
	text_char(t, '.');
	text_octets(t, id->octets + 3, 2, 0);
	text_char(t, '.');
	text_octets(t, id->octets + 5, 3, 0);
}

void ptp_port_text(struct text *t, const struct ptp_port_identity *id)
{
	ptp_clock_text(t, &id->clock);
	text_char(t, '-');
	text_u64(t, id->port);
}

void ptp_timestamp_text(struct text *t, const struct ptp_timestamp *ts)
{
	text_u64(t, ts->seconds);
	text_char(t, '.');
	text_padded(t, ts->nanoseconds, 9);
}

void ptp_scaled_ns_text(struct text *t, int64_t scaled)
{
	uint64_t v = scaled < 0 ? -(uint64_t)scaled : (uint64_t)scaled;
	uint32_t fraction = v & 0xffff;

	if (scaled < 0)
		text_char(t, '-');
	text_u64(t, v >> 16);
	if (!fraction)
		return;
	text_char(t, '.');
	for (; fraction; fraction &= 0xffff) {
		fraction *= 10;
		text_char(t, (char)('0' + (fraction >> 16)));
	}
}

static void split(int64_t ns, int64_t *seconds, uint32_t *rest)
{
	*seconds = ns / 1000000000;
	if (ns % 1000000000 < 0)
		(*seconds)--;
	*rest = (uint32_t)(ns - *seconds * 1000000000);
}

void ptp_time_of_day_text(struct text *t, int64_t ns)
{
	int64_t seconds;
	uint32_t rest, day;

	split(ns, &seconds, &rest);
	day = (uint32_t)((seconds % 86400 + 86400) % 86400);
	text_padded(t, day / 3600, 2);
	text_char(t, ':');
	text_padded(t, day / 60 % 60, 2);
	text_char(t, ':');
	text_padded(t, day % 60, 2);
	text_char(t, '.');
	text_padded(t, rest, 9);
}

void ptp_date_text(struct text *t, int64_t ns)
{
	int64_t seconds;
	uint32_t rest;
	struct tm tm;
	time_t when;

	split(ns, &seconds, &rest);
	when = (time_t)seconds;
	gmtime_r(&when, &tm);
	text_padded(t, (uint64_t)(tm.tm_year + 1900), 4);
	text_char(t, '-');
	text_padded(t, (uint64_t)(tm.tm_mon + 1), 2);
	text_char(t, '-');
	text_padded(t, (uint64_t)tm.tm_mday, 2);
	text_char(t, 'T');
	ptp_time_of_day_text(t, ns);
	text_char(t, 'Z');
}
