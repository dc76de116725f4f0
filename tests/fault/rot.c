/*
 * rot: a log with a damaged spot: verify finds it and says where, no reader ever gives a damaged event or leaves one
 * out in silence, no writer cuts anything off.
 *
 * First every bit of a small store is turned over, one at a time; then in other stores bits, bytes, sectors, pages and
 * lines are changed, zeroed, swapped, doubled, moved in, taken out, or cut off. Arguments: the number of damages of
 * the second kind (default 3000), and how many bits of the first are left out for one that is tried (default 40;
 * 0: none); EV_SEED: where to start.
 */

#include "base/alloc.h"
#include "sim/cases.h"
#include "sim/filled.h"
#include "store/verify.h"

struct spot {
	int64_t segment, line_no, offset; /* as verify should say */
	int64_t pos;                      /* of the first line that is not as it was */
	int64_t at;                       /* the first byte that is not */
	bool is_packed; /* at is a byte of a packed file: any line of the segment */
};

#define SPOTS 50 /* of one store */

static struct sim_rng rng;

/* --- where a byte is --------------------------------------------------------------------------- */

static bool
is_packed(const char *name)
{
	return strstr(name, ".zst") != NULL;
}

/* The line of a segment's text that byte at is in; past the last one the one that would follow. */
static struct spot
spot_of(const struct filled *f, const char *name, int64_t at)
{
	int64_t segment = strtoll(name + 4, NULL, 10);
	struct spot s = {.segment = segment, .line_no = 1, .pos = segment, .at = at};

	s.is_packed = is_packed(name);
	for (int64_t pos = segment;
		!s.is_packed && pos < f->count && f->lines[pos].segment == segment; pos++) {
		const struct filled_line *l = &f->lines[pos];

		s.pos = pos;
		s.line_no = l->line_no;
		s.offset = l->offset;
		if (at <= l->offset + (int64_t)l->n)
			return s;
		s.pos++;
		s.line_no++;
		s.offset = l->offset + (int64_t)l->n + 1;
	}
	return s;
}

/* --- damage ------------------------------------------------------------------------------------ */

static void
swap(char *a, char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = a[i];

		a[i] = b[i];
		b[i] = c;
	}
}

/* Takes n bytes out at offset at; with n < 0 puts zeros in there. */
static void
shift(struct sim *s, const char *name, int64_t at, int64_t n)
{
	int64_t size;
	char *p = sim_bytes(s, name, &size);

	if (n > 0) {
		n = MIN(n, size - at);
		memmove(p + at, p + at + n, (size_t)(size - at - n));
		sim_resize(s, name, size - n);
		return;
	}
	p = sim_resize(s, name, size - n);
	memmove(p + at - n, p + at, (size_t)(size - at));
	memset(p + at, 0, (size_t)-n);
}

/* The line at or after an offset. */
static int64_t
line_start(const char *p, int64_t size, int64_t at)
{
	const char *nl = memchr(p + at, '\n', (size_t)(size - at));

	return nl && nl + 1 < p + size ? nl + 1 - p : 0;
}

static void
lines_damage(struct sim *s, const char *name, int64_t size, unsigned kind)
{
	char *p = sim_bytes(s, name, &size), *copy;
	int64_t a = line_start(p, size, sim_pick(&rng, (unsigned)size)), b, n;

	if (!memchr(p + a, '\n', (size_t)(size - a))) {
		p[a] = (char)(p[a] ^ 1);
		return;
	}
	b = (char *)memchr(p + a, '\n', (size_t)(size - a)) + 1 - p;
	n = b - a;
	if (kind == 0) { /* doubled */
		copy = alloc_copy(p + a, (size_t)n);
		shift(s, name, b, -n);
		memcpy(sim_bytes(s, name, &size) + b, copy, (size_t)n);
		alloc_free(copy);
	} else if (kind == 1) { /* gone */
		shift(s, name, a, n);
	} else { /* cut off there */
		sim_resize(s, name, a);
	}
}

static void
damage(struct sim *s, const char *name)
{
	static const int64_t blocks[] = {SIM_SECTOR, SIM_PAGE, 64, 1};
	int64_t size, block = blocks[sim_pick(&rng, 4)], at, other;
	char *p = sim_bytes(s, name, &size);

	at = sim_pick(&rng, (unsigned)size) / block * block;
	other = sim_pick(&rng, (unsigned)size) / block * block;
	switch (sim_pick(&rng, 11)) {
	case 0:
	case 1: p[at] = (char)(p[at] ^ 1 << sim_pick(&rng, 8)); break;
	case 2: p[at] = (char)sim_pick(&rng, 256); break;
	case 3:
	case 4: memset(p + at, 0, (size_t)MIN(block, size - at)); break;
	case 5:
		block = MIN(block, size - MAX(at, other));
		swap(p + at, p + other, (size_t)block);
		break;
	case 6: shift(s, name, at, block); break;
	case 7: shift(s, name, at, -block); break;
	case 8: sim_resize(s, name, sim_pick(&rng, (unsigned)size)); break;
	default: lines_damage(s, name, size, sim_pick(&rng, 3));
	}
}

/* The first byte that differs; -1: none. */
static int64_t
difference(struct sim *a, struct sim *b, const char *name)
{
	int64_t an, bn, i = 0;
	const char *ap = sim_bytes(a, name, &an), *bp = sim_bytes(b, name, &bn);

	while (i < an && i < bn && ap[i] == bp[i])
		i++;
	return i == an && i == bn ? -1 : i;
}

/* --- what must be seen ------------------------------------------------------------------------- */

static bool say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static bool
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	return false;
}

/* A cut between two lines of a closed segment shows at the next one's first line. */
static bool
is_there(const struct filled *f, struct spot want, struct spot got)
{
	if (want.is_packed)
		return got.segment == want.segment;
	if (got.segment == want.segment && got.line_no == want.line_no && got.offset == want.offset)
		return true;
	return want.pos < f->count && got.line_no <= 1 && got.offset == 0 &&
	       got.segment > want.segment && want.at == want.offset;
}

static bool
verify_finds(struct sim *s, const struct filled *f, struct spot want)
{
	int process = sim_process(s, SIM_READER), r;
	struct verify_result result;
	struct spot got = {.segment = -1};
	long long segment, line, byte;
	struct root root;
	struct err err;

	if (root_open_on(&root, sim_disk(s, process), "sim", &err))
		return say("cannot be opened: %s", err.text);
	r = verify(&result, &root, &(struct verify_conf){0}, &err);
	table_release(&result.streams);
	root_close(&root);
	sim_exit(s, process);
	if (r == 0 || err.kind != ERR_DAMAGE)
		return say("verify does not find it: %s", r ? err.text : "all is well");
	if (sscanf(err.text, "seg/%lld.ndjson: line %lld, byte %lld:", &segment, &line, &byte) == 3)
		got = (struct spot){segment, line, byte, 0, 0, false};
	else if (want.is_packed && sscanf(err.text, "seg/%lld.ndjson", &segment) == 1)
		got = (struct spot){segment, 0, 0, 0, 0, true};
	return is_there(f, want, got) ? true : say("verify says: %s", err.text);
}

static int64_t
lines_of(const struct filled *f, struct span stream)
{
	int64_t n = 0;

	for (int64_t i = 0; i < f->count; i++)
		n += span_equal(stream, span_str(world_stream(f->lines[i].stream)));
	return n;
}

/* One reading; the positions that should come are first, first + step, … */
static bool
read_right(struct sim *s, const struct filled *f, struct query_conf conf, struct spot want)
{
	int process = sim_process(s, SIM_READER), r = -1;
	int64_t pos = conf.backwards ? f->count - 1 : 0, got = 0;
	struct disk disk = sim_disk(s, process);
	struct source_line line;
	struct source *src;
	struct err err = {0};
	bool fine = true;

	conf.disk = &disk;
	for (src = query_open(&conf, &err); src && fine && (r = src->next(src, &line, &err)) == 1;
		got++) {
		while (conf.stream.p && pos >= 0 && pos < f->count &&
			!span_equal(conf.stream, span_str(world_stream(f->lines[pos].stream))))
			pos += conf.backwards ? -1 : 1;
		fine = filled_is(f, pos, line.line, conf.meta);
		if (!fine)
			say("a line was given that is not that of position %lld", (long long)pos);
		pos += conf.backwards ? -1 : 1;
	}
	if (src)
		src->close(src);
	sim_exit(s, process);
	if (!fine)
		return false;
	if (r < 0 && err.kind != ERR_DAMAGE)
		return say("read: status %d: %s", err.kind, err.text);
	/* In a packed file a byte may be wrong that no line rests on. */
	if (r == 0 && want.is_packed)
		return got == f->count || conf.stream.p ||
		       say("read ends after %lld lines as if all were well", (long long)got);
	/* Of one stream only its own lines need be read. */
	if (r == 0 && (!conf.stream.p || got != lines_of(f, conf.stream)))
		return say("read (backwards %d) ends after %lld lines as if all were well",
			conf.backwards, (long long)got);
	if (!conf.backwards && !conf.stream.p &&
		(want.is_packed ? got < want.segment : got != want.pos))
		return say("read gave %lld lines, %lld are right", (long long)got,
			(long long)want.pos);
	return true;
}

static bool
readers_see(struct sim *s, const struct filled *f, struct spot want)
{
	struct query_conf conf = filled_all(NULL);

	conf.meta = sim_pick(&rng, 2);
	if (!read_right(s, f, conf, want))
		return false;
	conf.backwards = true;
	if (!read_right(s, f, conf, want))
		return false;
	conf.backwards = sim_pick(&rng, 2);
	conf.stream = span_str(world_stream((int)sim_pick(&rng, WORLD_STREAMS)));
	return read_right(s, f, conf, want);
}

/* A writer that opens it may go on or refuse; what is there stays. */
static bool
writer_keeps(struct sim *s)
{
	struct log_conf conf = {.lock_ms = 1000};
	int process, r = 0;
	struct sim *before = sim_clone(s, 1);
	struct root root;
	struct log log;
	struct err err = {0};
	char names[FILLED_FILES][64];
	bool fine = true;

	process = sim_process(s, SIM_OWNER);
	if (root_open_on(&root, sim_disk(s, process), "sim", &err) == 0) {
		r = log_open(&log, &root, &conf, &err);
		if (r == 0)
			log_close(&log);
		root_close(&root);
	}
	sim_exit(s, process);
	if (r && err.kind != ERR_DAMAGE)
		fine = say("open: status %d: %s", err.kind, err.text);
	for (int i = 0, n = filled_segments(before, names); i < n && fine; i++)
		if (!sim_bytes(s, names[i], &(int64_t){0}) || difference(before, s, names[i]) >= 0)
			fine = say("a writer changed %s", names[i]);
	sim_free(before);
	return fine;
}

static bool
all_see(struct sim *s, const struct filled *f, const char *name, struct spot want)
{
	if (verify_finds(s, f, want) && readers_see(s, f, want) && !s->is_broken &&
		(sim_pick(&rng, 4) || writer_keeps(s)))
		return true;
	return say("%s: damaged at byte %lld: line %lld, byte %lld, position %lld of %lld", name,
		(long long)want.at, (long long)want.line_no, (long long)want.offset,
		(long long)want.pos, (long long)f->count);
}

/* --- the two campaigns ------------------------------------------------------------------------- */

/* Every bit of a store, but for those left out. */
static int64_t
turn_bits(uint64_t seed, unsigned left_out, int sealed)
{
	struct filled f;
	char names[FILLED_FILES][64];
	int64_t bits = 0, size;
	bool fine = filled_make(&f, seed, 25) && filled_seal(&f, sealed);
	int n = fine ? filled_segments(f.w->sim, names) : 0;

	for (int i = 0; i < n && fine; i++) {
		sim_bytes(f.w->sim, names[i], &size);
		for (int64_t bit = 0; bit < size * 8 && fine;
			bit += 1 + sim_pick(&rng, 2 * left_out + 1)) {
			char *p = sim_bytes(f.w->sim, names[i], &size);

			p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
			sim_settle(f.w->sim);
			fine = all_see(f.w->sim, &f, names[i], spot_of(&f, names[i], bit / 8));
			p = sim_bytes(f.w->sim, names[i], &size);
			p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
			bits++;
		}
	}
	ok(fine && bits > 0, "%lld single bits, %d segments sealed, EV_SEED=%llu%s%s",
		(long long)bits, sealed, (unsigned long long)seed, *f.w->why ? ": " : "", f.w->why);
	filled_release(&f);
	return bits;
}

/* Some damages of one store. */
static bool
spoil(uint64_t seed)
{
	struct filled f;
	char names[FILLED_FILES][64];
	bool fine;
	int n;

	sim_seed(&rng, seed);
	fine = filled_make(&f, seed, 20 + (int)sim_pick(&rng, 60)) &&
	       filled_seal(&f, sim_pick(&rng, 2) ? 0 : (int)sim_pick(&rng, 20));
	n = fine ? filled_segments(f.w->sim, names) : 0;

	fine = n > 0;
	for (long i = 0; i < SPOTS && fine;) {
		struct sim *s = sim_clone(f.w->sim, seed);
		const char *name = names[sim_pick(&rng, (unsigned)n)];
		int64_t size, at;

		sim_bytes(s, name, &size);
		if (size)
			damage(s, name);
		at = difference(f.w->sim, s, name);
		sim_settle(s);
		/* What is after the end of the log is no part of it. */
		if (at >= 0 && (is_packed(name) || spot_of(&f, name, at).pos < f.count)) {
			fine = all_see(s, &f, name, spot_of(&f, name, at));
			i++;
		}
		sim_free(s);
	}
	if (*f.w->why)
		say("%s", f.w->why);
	filled_release(&f);
	return fine;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 3000);
	long long left_out = argc > 2 ? strtoll(argv[2], NULL, 10) : 40;

	sim_seed(&rng, c.seed);
	turn_bits(c.seed, (unsigned)left_out, 0);
	turn_bits(c.seed, (unsigned)left_out, 2);
	if (cases_run(c, SPOTS, spoil))
		ok(true, "%lld damages", c.count);
	return tap_done();
}
