/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files as a sequence of packets, read in place and written: pcap (microseconds and
 * nanoseconds, both byte orders) and pcapng (draft-ietf-opsawg-pcapng).
 *
 * Our own reader and writer beside libpcap's, because libpcap gives neither a pcapng packet's
 * direction (epb_flags) nor its interface's name, and cannot write pcapng. Read through a buffer,
 * not mapped: a file that shrinks while it is read must end in a sentence, not in SIGBUS. */
#ifndef CAPFILE_H
#define CAPFILE_H

#include <stdbool.h>
#include <stdint.h>

struct capfile;
struct capfile_writer;

/* One sentence, without the program's name, ready for cli_fail(). */
struct capfile_error {
	char text[256];
};

enum capfile_direction { CAPFILE_DIR_UNKNOWN, CAPFILE_DIR_IN, CAPFILE_DIR_OUT };

struct capfile_packet {
	const uint8_t *data; /* `caplen` bytes, owned by the reader, good until the next call */
	uint32_t caplen;     /* bytes that were kept */
	uint32_t len;        /* bytes on the wire, never less than caplen */
	int64_t ts_ns;       /* since 1970, UTC unless the capture says otherwise */
	bool unstamped;      /* it has none: pcapng's Simple Packet Block */
	uint64_t number;     /* 1 for the first packet */
	uint32_t iface;      /* index for capfile_interface() */
	uint16_t linktype;   /* LINKTYPE_*, of that interface */
	enum capfile_direction direction;
};

struct capfile_iface {
	const char *name; /* owned by the reader; "" where the capture has none; printable */
	uint16_t linktype;
	uint32_t snaplen; /* 0: no limit */
	bool nanoseconds; /* stamps finer than a microsecond */
	uint64_t tick_ns; /* what its stamps are multiples of; 1 for those of less */
	uint64_t lost;    /* packets that the capture says it lost (pcapng's isb_ifdrop and
			   * isb_osdrop), as far as it was read; they stand behind the packets */
};

/* Opens `path` ("-": standard input). 0, or -errno with a sentence that names the file; *out is
 * then untouched. A capture with no packet is a good capture. */
int capfile_open(struct capfile **out, const char *path, struct capfile_error *err);

/* Lets a thread read a long file ahead, when there is a processor for it: for those who do little
 * with each packet. A packet's bytes are then good until the next call. Before or after any packet.
 */
void capfile_read_ahead(struct capfile *cf);

/* All packets from here on, for those who want a sum and no order: `take` gets each packet, some at
 * a time, from several threads at once, and tells how many of them count. Without stamps and
 * numbers; good until it returns. A part of the file may be taken twice: one of the two is in the
 * sums. Stops in front of a record that cannot be read: capfile_next() goes on behind what was
 * taken, and says why; in front of a pcapng block that describes what follows, too. Only of a long
 * file that can be read at any place and has one link type so far, as capfile_can_scan() says. */
struct cbpf_packet;
typedef uint64_t capfile_take(void *ctx, const struct cbpf_packet *packets, uint32_t count);
struct capfile_scanned {
	uint64_t packets, matched;
};
bool capfile_can_scan(const struct capfile *cf);
void capfile_scan(struct capfile *cf, capfile_take *take, void *ctx, struct capfile_scanned *sum);

/* Of pcapng: reads what stands in front of the first packet, so that capfile_interface_count()
 * tells which interfaces are described there. What is wrong with it capfile_next() says. */
void capfile_read_descriptions(struct capfile *cf);

/* Calls `call` each time that capfile_next() is about to wait for a pipe or terminal that has
 * nothing at the moment: who collects output writes it then. */
void capfile_before_wait(struct capfile *cf, void (*call)(void *ctx), void *ctx);

/* The next packet: 1, 0 at the end, or -errno with a sentence naming file and packet (-EBADMSG for
 * a record that is cut or lies about its length; the packets before it were good). */
int capfile_next(struct capfile *cf, struct capfile_packet *pkt, struct capfile_error *err);

/* Interfaces described so far (pcap: 1 from the start; pcapng: grows while reading). */
uint32_t capfile_interface_count(const struct capfile *cf);
const struct capfile_iface *capfile_interface(const struct capfile *cf, uint32_t index);

/* Bytes read so far and in all (0: not known), for progress. */
void capfile_progress(const struct capfile *cf, uint64_t *done, uint64_t *total);
void capfile_close(struct capfile *cf);

enum capfile_format { CAPFILE_PCAP_US, CAPFILE_PCAP_NS, CAPFILE_PCAPNG };

/* By its name, which ends in .pcap: other tools read it, and it holds one interface. */
bool capfile_is_pcap_name(const char *path);

/* Are `path` and `source` (which may be "-", standard input) one regular file, whatever they are
 * called? What is read must not be written over. False where either is NULL or is not there. */
bool capfile_same(const char *path, const char *source);
/* Creates `path` ("-": standard output). Packets go out in whole records: what was written before a
 * failure stays readable. 0, or -errno with a sentence. */
int capfile_create(struct capfile_writer **out, const char *path, enum capfile_format format,
		   struct capfile_error *err);
/* Describes an interface and returns its index (>= 0), or -errno: pcap takes one, before any
 * packet; `name` may be NULL. A packet longer than `snaplen` (0: no limit) makes that longer in the
 * file; what is no regular file has no less than any packet needs from the start. */
int capfile_add_interface(struct capfile_writer *w, const char *name, uint16_t linktype,
			  uint32_t snaplen, struct capfile_error *err);
/* `pkt` with iface an index of this writer; number and linktype are not looked at. A packet without
 * a stamp has none in pcapng, where it is whole and of the first interface; else it gets that of
 * 1970. -ERANGE: a time that the format cannot hold, before 1970 or, of pcap, after 2106. */
int capfile_write(struct capfile_writer *w, const struct capfile_packet *pkt,
		  struct capfile_error *err);
int capfile_flush(struct capfile_writer *w, struct capfile_error *err);
/* Flushes and frees; the result is that of the last write (a full disk shows here at the latest).
 */
int capfile_finish(struct capfile_writer *w, struct capfile_error *err);

#endif
