#include "op/trend.h"

static double
capped(double v, double max)
{
	return MIN(v / max, 1.0);
}

void
trend_score(const struct trend_conf *conf, const struct trend_counts *in, struct trend_score *out)
{
	assert(in->users >= 0 && in->watches >= 0 && in->devices >= 0 && in->duration_s >= 0);
	out->user_diversity = capped((double)in->users, conf->max_users);
	out->watch_intensity = capped((double)in->watches, conf->max_watches);
	out->device_diversity = (double)in->devices / conf->max_devices;
	out->average_s = in->watches > 0 ? in->duration_s / in->watches : 0;
	out->completion = capped((double)out->average_s, conf->max_seconds);
	out->score = conf->weight_users * out->user_diversity +
		     conf->weight_watches * out->watch_intensity +
		     conf->weight_devices * out->device_diversity +
		     conf->weight_completion * out->completion;
}

void
trend_session_score(const struct trend_session_conf *conf, const struct trend_session *in,
	struct trend_session_score *out)
{
	double count = (double)in->content_count;
	double sum;

	assert(in->content_count >= 0 && in->interactions >= 0 && in->diversity >= 0);
	out->rate = in->content_count > 0 ? (double)in->interactions / count : 0;
	sum = conf->weight_content * count + conf->weight_diversity * (double)in->diversity +
	      conf->weight_rate * out->rate;
	out->score = MIN(sum / conf->divisor * 100, conf->max_score);
}
