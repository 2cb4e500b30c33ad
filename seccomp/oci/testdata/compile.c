/* Compiles seccomp profiles with libseccomp, as runtimes do.
 *
 * Reads profiles from standard input, each some lines and "end":
 *   default ACTION
 *   arch NAME
 *   rule ACTION SYSCALL [REGISTER OPERATOR VALUE VALUE2]...
 * with numbers in hexadecimal. Calls that the library does not know are
 * ignored. Answers each with a line, the length of the program in bytes, and
 * the program; or with a negative errno. A child compiles, so that a profile
 * with which the library does not come to an end costs five seconds.
 *
 * With arguments, names of calls, it prints a line for each: its numbers on
 * x86_64, x86 and x32. With -v it prints the library's version.
 */
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int add(scmp_filter_ctx ctx, const char *line)
{
	unsigned action, reg, op, n = 0;
	uint64_t a, b;
	char name[64];
	int used;
	struct scmp_arg_cmp args[6];

	if (sscanf(line, "rule %x %63s%n", &action, name, &used) != 2)
		return -EINVAL;
	line += used;
	while (n < 6 && sscanf(line, " %x %x %" SCNx64 " %" SCNx64 "%n", &reg, &op, &a, &b, &used) == 4) {
		args[n].arg = reg;
		args[n].op = op;
		args[n].datum_a = a;
		args[n++].datum_b = b;
		line += used;
	}
	int nr = seccomp_syscall_resolve_name(name);
	if (nr == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(ctx, action, nr, n, args);
}

static int compile(char *profile, FILE *out)
{
	scmp_filter_ctx ctx = NULL;
	int err = 0;

	for (char *line = strtok(profile, "\n"); line && !err; line = strtok(NULL, "\n")) {
		unsigned word;
		char name[64];
		if (sscanf(line, "default %x", &word) == 1) {
			ctx = seccomp_init(word);
			err = ctx ? 0 : -EINVAL;
		} else if (sscanf(line, "arch %63s", name) == 1) {
			err = seccomp_arch_add(ctx, seccomp_arch_resolve_name(name));
			if (err == -EEXIST)
				err = 0;
		} else {
			err = add(ctx, line);
		}
	}
	return err ? err : seccomp_export_bpf(ctx, fileno(out));
}

/* answer compiles in a child and writes what came of it. */
static void answer(char *profile)
{
	FILE *out = tmpfile();
	int status;
	pid_t pid = out ? fork() : -1;

	if (pid < 0)
		exit(1);
	if (pid == 0) {
		struct rlimit five = { 5, 5 };
		setrlimit(RLIMIT_CPU, &five);
		_exit(-compile(profile, out));
	}
	if (waitpid(pid, &status, 0) != pid)
		exit(1);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		printf("%d\n", WIFEXITED(status) ? -WEXITSTATUS(status) : -ETIME);
	} else {
		char buf[65536];
		size_t n;
		fseek(out, 0, SEEK_END);
		printf("%ld\n", ftell(out));
		rewind(out);
		while ((n = fread(buf, 1, sizeof(buf), out)) > 0)
			fwrite(buf, 1, n, stdout);
	}
	fclose(out);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char *line = NULL, *profile = NULL;
	size_t size = 0, have = 0;
	ssize_t n;

	if (argc == 2 && strcmp(argv[1], "-v") == 0) {
		const struct scmp_version *v = seccomp_version();
		printf("%u.%u.%u\n", v->major, v->minor, v->micro);
		return 0;
	}
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			printf("%d %d %d\n", seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, argv[i]),
			       seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, argv[i]),
			       seccomp_syscall_resolve_name_arch(SCMP_ARCH_X32, argv[i]));
		return 0;
	}
	while ((n = getline(&line, &size, stdin)) > 0) {
		if (strcmp(line, "end\n") == 0) {
			answer(profile);
			have = 0;
			continue;
		}
		profile = realloc(profile, have + n + 1);
		if (!profile)
			return 1;
		memcpy(profile + have, line, n + 1);
		have += n;
	}
	return 0;
}
