/*
 * mint: events for the fault campaigns, the same for the same arguments.
 *
 *	mint [-s SEED] [-f FIRST] [-n COUNT] [-b BATCH] [-k STREAMS] [-z BYTES] [-w FILE]
 *
 *	-f FIRST    number of the first (default 0); a multiple of BATCH
 *	-b BATCH    events go in batches of so many (default 1)
 *	-k STREAMS  of so many aggregates (default 10), taken at random; a batch keeps to one
 *	-z BYTES    data has 0 to so many random bytes more (default 100)
 *	-w FILE     after each batch waits for as many lines from FILE; ends where it ends
 *
 * The id of the K-th event of N in a batch is "SEED.NUMBER-K-N"; ledger looks at that.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	uint64_t seed, first, count, batch, streams, bytes;
	FILE *wait;
} mint = {1, 0, 1, 1, 10, 100, NULL};

static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t z = a * 0x9e3779b97f4a7c15u + b + 1;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
put(uint64_t number, uint64_t k)
{
	uint64_t lot = number / mint.batch;
	uint64_t noise = mix(mint.seed, number), pad = mint.bytes ? noise % (mint.bytes + 1) : 0;

	printf("{\"eventId\":\"%llu.%llu-%llu-%llu\",\"eventType\":\"fault.tried\","
	       "\"aggregateType\":\"Thing\","
	       "\"aggregateId\":\"%llu\",\"timestamp\":%llu,\"data\":{\"n\":%llu,\"pad\":\"",
		(unsigned long long)mint.seed, (unsigned long long)number, (unsigned long long)k,
		(unsigned long long)mint.batch,
		(unsigned long long)(mix(mint.seed + 77, lot) % mint.streams),
		1700000000000ull + (unsigned long long)number, (unsigned long long)noise);
	for (uint64_t i = 0; i < pad; i++)
		putchar("0123456789abcdefghijklmnopqrstuvwxyz{}[],:+-/ "[mix(noise, i) % 46]);
	puts("\"}}");
}

static int
answered(void)
{
	if (fflush(stdout) || !mint.wait)
		return !mint.wait;
	for (uint64_t lines = 0; lines < mint.batch;) {
		int c = getc(mint.wait);

		if (c == EOF)
			return 0;
		lines += c == '\n';
	}
	return 1;
}

int
main(int argc, char **argv)
{
	for (int o; (o = getopt(argc, argv, "s:f:n:b:k:z:w:")) != -1;) {
		uint64_t v = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (o) {
		case 's': mint.seed = v; break;
		case 'f': mint.first = v; break;
		case 'n': mint.count = v; break;
		case 'b': mint.batch = v; break;
		case 'k': mint.streams = v; break;
		case 'z': mint.bytes = v; break;
		case 'w':
			mint.wait = fopen(optarg, "re");
			if (!mint.wait)
				return perror(optarg), 2;
			break;
		default: return 2;
		}
	}
	if (mint.batch < 1 || mint.streams < 1)
		return 2;
	for (uint64_t i = 0; i < mint.count; i++) {
		put(mint.first + i, (mint.first + i) % mint.batch + 1);
		if (mint.wait && (i + 1) % mint.batch == 0 && !answered())
			break;
	}
	return fflush(stdout) ? 3 : 0;
}
