// calls makes the same calls as a 32-bit and as a 64-bit program, good ones and
// bad ones, and prints what the kernel answers to each. Its argument is an empty
// directory of its own; with a second one it makes i386 calls too.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL(name, call) (errno = 0, (void)(call), printf("%s: %s\n", name, strerrorname_np(errno) ? strerrorname_np(errno) : "0"))

static struct sockaddr_in at(const char *ip) {
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};
	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

static void files(void) {
	CALL("open", close(open("file", O_CREAT | O_WRONLY, 0640)));
	CALL("openat missing", openat(AT_FDCWD, "no/such", O_RDONLY));
	CALL("mkdir", mkdir("dir", 0700));
	CALL("symlink", symlink("../file", "dir/link"));
	CALL("chmod through a link", chmod("dir/link", 04711));
	CALL("chown", chown("file", -1, -1));
	CALL("rename", rename("file", "dir/file"));
	CALL("link", link("dir/file", "other"));
	CALL("truncate", truncate("other", (off_t)1 << 20));
	CALL("unlink", unlink("other"));
	CALL("mount", mount("none", "/no/such", "tmpfs", MS_RDONLY | MS_NOSUID, NULL));
	CALL("umount", umount2("/no/such", MNT_DETACH));
}

static void processes(void) {
	CALL("setns", setns(-1, CLONE_NEWNET));
	CALL("unshare", unshare(CLONE_FS));
	CALL("prctl", prctl(PR_SET_NAME, "calls", 0, 0, 0));
	CALL("dup2", dup2(1, 20));
	CALL("setuid", setuid(getuid()));
	CALL("kill", kill(getpid(), 0));
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/true", "calls", "an argument", NULL);
		_exit(1);
	}
	int status = -1;
	waitpid(child, &status, 0);
	printf("exec: status %d\n", status);
}

// barred is an address that a rule may deny.
static void sockets(struct sockaddr_in *good, struct sockaddr_in *barred) {
	int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct iovec iov = {"x", 1};
	struct msghdr first = {.msg_name = good, .msg_namelen = sizeof *good, .msg_iov = &iov, .msg_iovlen = 1}, second = first;
	second.msg_name = barred;
	struct mmsghdr both[2] = {{.msg_hdr = first}, {.msg_hdr = second}};
	CALL("connect", connect(tcp, (struct sockaddr *)good, sizeof *good));
	CALL("connect barred", connect(tcp, (struct sockaddr *)barred, sizeof *barred));
	CALL("sendto", sendto(udp, "x", 1, 0, (struct sockaddr *)good, sizeof *good));
	CALL("sendto barred", sendto(udp, "x", 1, 0, (struct sockaddr *)barred, sizeof *barred));
	CALL("sendmsg", sendmsg(udp, &first, 0));
	CALL("sendmsg barred", sendmsg(udp, &second, 0));
	CALL("sendmmsg barred", sendmmsg(udp, both, 2, 0));
	CALL("bind", bind(udp, (struct sockaddr *)good, sizeof *good));
}

// pointers leads nowhere, in the ways in which a pointer can.
static void pointers(struct sockaddr_in *good) {
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr *nowhere = (struct sockaddr *)8, *null = NULL;
	struct msghdr unnamed = {.msg_name = nowhere, .msg_namelen = 16}, longname = {.msg_name = good, .msg_namelen = 1 << 30};
	CALL("open nowhere", open((char *)nowhere, O_RDONLY));
	CALL("open null", open((char *)null, O_RDONLY));
	CALL("open empty", open("", O_RDONLY));
	CALL("connect nowhere", connect(udp, nowhere, 16));
	CALL("connect null", connect(udp, null, 16));
	CALL("connect short", connect(udp, (struct sockaddr *)good, 1));
	CALL("connect long", connect(udp, (struct sockaddr *)good, 1 << 20));
	CALL("connect negative", connect(udp, (struct sockaddr *)good, -1));
	CALL("connect a file", connect(1, (struct sockaddr *)good, 16));
	CALL("connect no descriptor", connect(-1, (struct sockaddr *)good, 16));
	CALL("sendmsg nowhere", sendmsg(udp, (struct msghdr *)nowhere, 0));
	CALL("sendmsg name nowhere", sendmsg(udp, &unnamed, 0));
	CALL("sendmsg long name", sendmsg(udp, &longname, 0));
	CALL("sendmmsg nowhere", sendmmsg(udp, (struct mmsghdr *)nowhere, 2, 0));
	CALL("execve nowhere", syscall(SYS_execve, "/bin/true", nowhere, nowhere));
	CALL("openat2 nowhere", syscall(SYS_openat2, AT_FDCWD, "file", nowhere, 24));
	CALL("openat2 short", syscall(SYS_openat2, AT_FDCWD, "file", good, 3));
#if defined(__x86_64__)
	CALL("connect junk", connect(udp, (struct sockaddr *)((unsigned long)good | 1ul << 60), 16));
	CALL("open junk", open((char *)((unsigned long)"file" | 1ul << 62), O_RDONLY));
#endif
}

#if defined(__x86_64__)
// int80 makes an i386 call out of a 64-bit program; pointers must lie low, as those
// of static variables of a static program do.
static int int80(long nr, long a, long b, long c) {
	int r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	errno = r < 0 ? -r : 0;
	return r;
}

static void through_int80(struct sockaddr_in *barred) {
	static struct sockaddr_in low;
	static unsigned args[3];
	low = *barred;
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	args[0] = tcp, args[1] = (unsigned)(unsigned long)&low, args[2] = sizeof low;
	CALL("int 0x80 connect barred", int80(362, tcp, (long)&low, sizeof low));
	CALL("int 0x80 socketcall barred", int80(102, 3, (long)args, 0));
}
#endif

#if defined(__i386__)
// socketcalls are the door to all socket calls that only 32-bit programs have.
static void socketcalls(struct sockaddr_in *good, struct sockaddr_in *barred) {
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	unsigned long fine[3] = {tcp, (unsigned long)good, sizeof *good}, bad[3] = {tcp, (unsigned long)barred, sizeof *barred}, off[3] = {tcp, 8, 16};
	const int connecting = 3; // SYS_CONNECT
	CALL("socketcall", syscall(SYS_socketcall, connecting, fine));
	CALL("socketcall barred", syscall(SYS_socketcall, connecting, bad));
	CALL("socketcall of nowhere", syscall(SYS_socketcall, connecting, off));
	CALL("socketcall nowhere", syscall(SYS_socketcall, connecting, 8));
	CALL("socketcall of no call", syscall(SYS_socketcall, 99, fine));
}
#endif

int main(int argc, char **argv) {
	struct sockaddr_in good = at("127.0.0.1"), barred = at("127.0.0.9");
	if (argc < 2 || chdir(argv[1]) != 0)
		return 2;
	files();
	processes();
	sockets(&good, &barred);
	pointers(&good);
#if defined(__x86_64__)
	if (argc > 2) // where the kernel has no i386 calls they end the program
		through_int80(&barred);
#endif
#if defined(__i386__)
	socketcalls(&good, &barred);
#endif
	return 0;
}
