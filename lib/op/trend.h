/*
 * trend: the two scores of the story, trending titles and engaged users, as pure functions.
 *
 * Both are computed in double, term by term from left to right as the formulas are written, so that a value
 * at the edge of a threshold falls as it does in the stream processors these formulas come from.
 *
 * Trending, of one title in one sliding window:
 *
 *	userDiversity   = min(users / 100, 1)
 *	watchIntensity  = min(watches / 500, 1)
 *	deviceDiversity = devices / 4                       not capped: a fifth device gives 1.25
 *	average         = watches > 0 ? duration / watches : 0     integer division, whole seconds
 *	completion      = min(average / 3600, 1)
 *	score = 0.3 userDiversity + 0.3 watchIntensity + 0.2 deviceDiversity + 0.2 completion
 *
 * 100 users, 500 watches, 4 devices, 1800 s on average give 0.9.
 *
 * Engagement, of one user in one session:
 *
 *	rate  = contentCount > 0 ? interactions / contentCount : 0
 *	score = min((0.3 contentCount + 0.3 diversity + 0.4 rate) / 3 * 100, 100)
 *
 * 3 watches of one content type and 2 interactions give 48.888…
 *
 * Every constant is a member of the conf. Counts are not negative; what is divided by is more than zero: the
 * caller sees to both.
 */
#ifndef OP_TREND_H
#define OP_TREND_H

#include "base/base.h"

struct trend_conf {
	double weight_users, weight_watches, weight_devices, weight_completion;
	double max_users, max_watches, max_devices, max_seconds; /* what counts as 1 */
};

struct trend_counts {
	int64_t users, watches, devices;
	int64_t duration_s; /* of all watches together */
};

struct trend_score {
	double user_diversity, watch_intensity, device_diversity, completion;
	int64_t average_s;
	double score;
};

struct trend_session_conf {
	double weight_content, weight_diversity, weight_rate;
	double divisor; /* the 3 under the fraction */
	double max_score;
};

struct trend_session {
	int64_t content_count, interactions, diversity;
};

struct trend_session_score {
	double rate, score;
};

void trend_score(
	const struct trend_conf *conf, const struct trend_counts *in, struct trend_score *out);
void trend_session_score(const struct trend_session_conf *conf, const struct trend_session *in,
	struct trend_session_score *out);

#endif
