/* position, roll: position files, and the logs of a directory. */
#include "tap.h"

#include "scratch_dir.h"

#include "io/roll.h"
#include "store/position.h"

static const char *
logs_of(const char *sub)
{
	static char text[1024];
	struct roll r;
	static struct err err;
	size_t n = 0;

	text[0] = '\0';
	if (roll_logs(&r, path_of(sub), &err))
		return err.text;
	for (size_t i = 0; i < r.count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s ",
			r.items[i].path + strlen(dir) + 1, r.items[i].only ? "" : "*",
			r.items[i].rank == ROLL_STORE       ? "="
			: r.items[i].rank == ROLL_DIRECTORY ? "/"
							    : "");
	roll_release(&r);
	return text;
}

TEST(directories)
{
	dir_clear();
	append("b", "");
	append("a.ndjson.zst", "");
	append("a.ndjson.1", "");
	append("c-20211122.gz", "");
	append(".hidden", "");
	append("x.tmp", "");
	append("y~", "");
	append("z.prom", "");
	mkdir(path_of("topic"), 0700);
	append("topic/0.ndjson", "");
	append("topic/1.ndjson", "");
	append("topic/1.ndjson.2", "");
	mkdir(path_of("topic/deeper"), 0700);
	append("topic/deeper/0.ndjson", "");
	mkdir(path_of("store"), 0700);
	append("store/FORMAT", "");
	mkfifo(path_of("fifo"), 0600);
	if (symlink("b", path_of("link")) != 0)
		abort();
	is_str(logs_of(""), "a.ndjson* b c store*= topic*/ topic/0.ndjson topic/1.ndjson* ",
		"logs, partitions and stores, each once");
	is_str(logs_of("topic"),
		"topic/0.ndjson topic/1.ndjson* topic/deeper*/ topic/deeper/0.ndjson ",
		"and one level below");
	ok(strstr(logs_of("none"), "cannot list"), "no directory");
}

TEST(position_files)
{
	struct position p;
	struct err err;
	struct mark m = {7, 96, 3, 0x0123456789abcdef, 0xfedcba9876543210, 96, 90};
	const char *bad[] = {"{}\n", "nonsense\n", "{\"store\":\"s\",\"pos\":-1}\n",
		("{\"log\":\"a\",\"line\":1,\"offset\":9,\"inode\":1,\"head\":\"9\","
		 "\"near\":\"9-0\"}\n"),
		"{\"store\":3,\"pos\":1}\n", "{\"store\":\"s\",\"pos\":1,\"sum\":\"0\"}\n",
		"{\"store\":\"s\",\"pos\":1,\"sum\":\"0123456789abcdeF\"}\n",
		"{\"store\":\"s\",\"pos\":1,\"sum\":null}\n", "\n"};
	const char *file = path_of("position");

	dir_clear();
	is_int(position_load(&p, file, &err), 0, "a file that is not there");
	is_int((int64_t)p.count, 0, "is an empty one");
	position_set(&p, &(struct position_entry){(char[]){"b\n\""}, false, m, 0, 0, false});
	position_set(&p, &(struct position_entry){(char[]){"c"}, true, {0}, 17, 0xfe, true});
	position_set(&p, &(struct position_entry){(char[]){"a"}, true, {0}, 1, 0, false});
	position_set(&p, &(struct position_entry){(char[]){"a"}, true, {0}, 2, 0, false});
	is_int(position_save(&p, file, &err), 0, "written");
	position_release(&p);
	is_int(position_load(&p, file, &err), 0, "read again");
	is_int((int64_t)p.count, 3, "all of it");
	is_int(position_get(&p, "a")->pos, 2, "the last of each path");
	ok(position_get(&p, "c")->has_sum && position_get(&p, "c")->sum == 0xfe, "a sum");
	ok(!position_get(&p, "a")->has_sum, "and none");
	ok(position_get(&p, "c")->is_store && !position_get(&p, "d"), "by path");
	ok(memcmp(&position_get(&p, "b\n\"")->mark, &m, sizeof(m)) == 0, "marks as they were");
	position_release(&p);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		unlink(file);
		append("position", bad[i]);
		is_int(position_load(&p, file, &err), -1, "refused: %.20s", bad[i]);
		is_int(err.kind, ERR_DAMAGE, "as damaged");
		position_release(&p);
	}
}

int
main(void)
{
	if (!mkdtemp(dir))
		return 1;
	RUN(directories);
	RUN(position_files);
	dir_clear();
	rmdir(dir);
	return tap_done();
}
