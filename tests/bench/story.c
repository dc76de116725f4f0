/*
 * story: the events of the benchmark, the same bytes for the same arguments.
 *
 *	story N [SEED]
 *
 * Seven in ten are content.watched, the others ratings, likes, shares, registrations and payments. 20,000 titles and
 * 200,000 users, the k-th about 1/k as often as the first (inverse of the logarithm). 50 events a second of event time;
 * one in 25 is up to 5 s late. payment.processed carries an integer beyond 2^53.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned
below(unsigned n)
{
	return (unsigned)((draw() >> 32) * n >> 32);
}

/* 1 to n, the density falling as 1/k. */
static unsigned
popular(unsigned n)
{
	double u = (double)(draw() >> 11) / 9007199254740992.0;

	return (unsigned)exp(u * log((double)n + 1));
}

static void
put_head(const char *type, const char *source, const char *kind, unsigned id, unsigned user,
	int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char when[32];

	gmtime_r(&t, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	printf("{\"eventId\":\"%08x-%04x-4%03x-8%03x-%012llx\",\"eventType\":\"%s\","
	       "\"eventVersion\":\"1.0\","
	       "\"timestamp\":\"%s.%03dZ\",\"source\":\"%s\",\"aggregateId\":\"%s-%06u\","
	       "\"aggregateType\":\"%s\","
	       "\"correlationId\":\"%08x-%04x-4%03x-8%03x-%012llx\",\"userId\":\"user-%06u\","
	       "\"data\":{\"userId\":\"user-%06u\",",
		below(UINT32_MAX), below(65536), below(4096), below(4096),
		(unsigned long long)(draw() & 0xffffffffffff), type, when, (int)(ms % 1000), source,
		kind, id, kind, below(UINT32_MAX), below(65536), below(4096), below(4096),
		(unsigned long long)(draw() & 0xffffffffffff), user, user);
}

static void
put_watched(unsigned title, unsigned user, int64_t ms)
{
	static const char *const devices[] = {"mobile", "smarttv", "web", "tablet"};
	static const char *const qualities[] = {"HD", "SD", "4K"};

	put_head("content.watched", "streaming-service", "content", title, user, ms);
	printf("\"contentId\":\"content-%06u\",\"sessionId\":\"sess-%016llx\","
	       "\"watchDurationSeconds\":%u,"
	       "\"completionPercentage\":%u.%u,\"device\":\"%s\",\"quality\":\"%s\"}}\n",
		title, (unsigned long long)draw(), 10 + below(7190), below(100), below(10),
		devices[below(4)], qualities[below(3)]);
}

static void
put_other(unsigned kind, unsigned title, unsigned user, int64_t ms)
{
	static const char *const reviews[] = {
		"Loved it", "N\xc3\xa3o gostei do final", "A \\\"classic\\\" ending"};

	if (kind < 8) {
		put_head("content.rated", "engagement-service", "content", title, user, ms);
		printf("\"contentId\":\"content-%06u\",\"rating\":%u,\"review\":\"%s\","
		       "\"previousRating\":null}}\n",
			title, 1 + below(5), reviews[below(3)]);
	} else if (kind < 16) {
		put_head("content.liked", "engagement-service", "content", title, user, ms);
		printf("\"contentId\":\"content-%06u\",\"liked\":true,\"position\":%u}}\n", title,
			below(7200));
	} else if (kind < 20) {
		put_head("content.shared", "engagement-service", "content", title, user, ms);
		printf("\"contentId\":\"content-%06u\",\"platform\":\"email\",\"tags\":[\"share\","
		       "\"web\"]}}\n",
			title);
	} else if (kind < 24) {
		put_head("user.registered", "identity-service", "user", user, user, ms);
		printf("\"email\":\"user%06u@example.com\",\"registrationMethod\":\"email\"}}\n",
			user);
	} else {
		put_head("payment.processed", "billing-service", "payment", below(100000000), user,
			ms);
		printf("\"paymentId\":\"pay-%08u\",\"ledgerId\":%llu,\"amount\":%u.%02u,"
		       "\"currency\":\"EUR\","
		       "\"status\":\"success\",\"invoice\":{\"number\":\"INV-%08u\",\"lines\":[%u,%"
		       "u]}}}\n",
			below(100000000),
			(unsigned long long)(9007199254740993 + (draw() & 0xfffffffff)),
			5 + below(25), below(100), below(100000000), below(100), below(100));
	}
}

int
main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
	double t = 1637572532123.0; /* 2021-11-22T09:15:32.123Z */

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 42;
	for (long i = 0; i < n; i++) {
		unsigned kind = below(100), title = popular(20000), user = popular(200000);
		int64_t ms;

		t += -log(((double)(draw() >> 11) + 1) / 9007199254740993.0) * 20;
		ms = (int64_t)t - (below(25) ? 0 : (int64_t)below(5000));
		if (kind < 70)
			put_watched(title, user, ms);
		else
			put_other(kind - 70, title, user, ms);
	}
	return 0;
}
