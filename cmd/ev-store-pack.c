/*
 * ev-store pack: any log in the form of sealed segments: compressed, indexed by time.
 *
 * Reads: any bytes, as lines. Writes: an archive that every decoder of zstd reads. Keeps: the longest line whose time
 * is read (--max-line), and 8 bytes for each 32 KiB of text, at most 11 MiB.
 */
#include "ev-store.h"
#include "store/intake.h"

struct pack {
	struct packer *packer;
};

static int
put(void *ctx, struct span bytes, struct err *err)
{
	struct cmd_run *run = ctx;

	buf_span(run->out, bytes);
	return cmd_line(run, err);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct pack *s = state;
	char **files;
	size_t n = cmd_files(run, &files);
	struct source *source;

	if (n > 1)
		return err_usage(err, "unexpected operand '%.100s'", files[1]);
	s->packer = packer_new(
		&(struct packer_conf){
			.timing = &run->timing, .max_line = run->max_line, .put = put, .ctx = run},
		err);
	if (!s->packer)
		return -1;
	source = intake_open(files[0], s->packer, err);
	if (!source)
		return -1;
	cmd_source(run, source);
	return 0;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct pack *s = state;
	struct packer_counts c;

	if (packer_end(s->packer, err))
		return -1;
	c = packer_counts(s->packer);
	cmd_used(run, c.lines, c.text);
	if (c.untimed)
		cmd_warn(run, "%lld of %lld lines have no readable time; any range includes them",
			(long long)c.untimed, (long long)c.lines);
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	(void)run;
	packer_free(((struct pack *)state)->packer);
}

const struct cmd ev_store_pack = {
	.name = "pack",
	.purpose = "compress a log, with an index by time",
	.usage = "[options] [file]",
	.input = CMD_OWN,
	.features = CMD_TIMES,
	.state_size = sizeof(struct pack),
	.start = start,
	.end = end,
	.release = release,
};
