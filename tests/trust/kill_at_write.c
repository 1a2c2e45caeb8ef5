/* Preloaded into a process: counts its calls that change the file system, logs each, and ends the process with SIGKILL
 * at the one that KILL_AT_WRITE names; of a write the first half is done. WRITES_LOG: where the calls are listed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long kill_at = -1;
static int log_fd = -1;
static atomic_long count;

__attribute__((constructor)) static void start(void) {
  const char *at = getenv("KILL_AT_WRITE"), *log = getenv("WRITES_LOG");
  if (at) kill_at = atol(at);
  if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* True: the process ends here, and the caller may do half of its work first. */
static int last(const char *call, const char *path) {
  const long n = atomic_fetch_add(&count, 1) + 1;
  if (log_fd >= 0) {
    char line[PATH_MAX + 64];
    const int size = snprintf(line, sizeof line, "%ld %s %s\n", n, call, path ? path : "");
    syscall(SYS_write, log_fd, line, size);
  }
  return n == kill_at;
}

static void end(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

static int regular(int fd) {
  struct stat about;
  return fd > 2 && fd != log_fd && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

static void path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  path[size < 0 ? 0 : size] = 0;
}

static int last_on(const char *call, int fd) {
  char path[PATH_MAX];
  const int saved = errno;
  if (!regular(fd)) return errno = saved, 0;
  path_of(fd, path);
  errno = saved;
  return last(call, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *from, size_t size) {
  if (last_on("write", fd)) syscall(SYS_write, fd, from, size / 2), end();
  return NEXT(write)(fd, from, size);
}
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
  if (last_on("pwrite", fd)) syscall(SYS_pwrite64, fd, from, size / 2, at), end();
  return NEXT(pwrite)(fd, from, size, at);
}
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
  if (last_on("pwrite", fd)) syscall(SYS_pwrite64, fd, from, size / 2, at), end();
  return NEXT(pwrite64)(fd, from, size, at);
}
ssize_t writev(int fd, const struct iovec *parts, int n) {
  if (last_on("writev", fd)) {
    if (n > 0) syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2);
    end();
  }
  return NEXT(writev)(fd, parts, n);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags) {
  if (last_on("copy_file_range", out)) syscall(SYS_copy_file_range, in, from, out, to, size / 2, flags), end();
  return NEXT(copy_file_range)(in, from, out, to, size, flags);
}
ssize_t sendfile(int out, int in, off_t *from, size_t size) {
  if (last_on("sendfile", out)) syscall(SYS_sendfile, out, in, from, size / 2), end();
  return ((ssize_t(*)(int, int, off_t *, size_t))dlsym(RTLD_NEXT, "sendfile"))(out, in, from, size);
}
ssize_t sendfile64(int out, int in, off64_t *from, size_t size) {
  if (last_on("sendfile", out)) syscall(SYS_sendfile, out, in, from, size / 2), end();
  return ((ssize_t(*)(int, int, off64_t *, size_t))dlsym(RTLD_NEXT, "sendfile64"))(out, in, from, size);
}

/* Calls that are done or not done: the end comes before them. */
#define BEFORE_PATH(name, path) \
  if (last(#name, path)) end()
#define BEFORE_FD(name, fd) \
  if (last_on(#name, fd)) end()

int rename(const char *from, const char *to) {
  BEFORE_PATH(rename, to);
  return NEXT(rename)(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
  BEFORE_PATH(renameat, to);
  return NEXT(renameat)(a, from, b, to);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  BEFORE_PATH(renameat2, to);
  return NEXT(renameat2)(a, from, b, to, flags);
}
int link(const char *from, const char *to) {
  BEFORE_PATH(link, to);
  return NEXT(link)(from, to);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
  BEFORE_PATH(linkat, to);
  return NEXT(linkat)(a, from, b, to, flags);
}
int symlink(const char *from, const char *to) {
  BEFORE_PATH(symlink, to);
  return NEXT(symlink)(from, to);
}
int unlink(const char *path) {
  BEFORE_PATH(unlink, path);
  return NEXT(unlink)(path);
}
int unlinkat(int at, const char *path, int flags) {
  BEFORE_PATH(unlinkat, path);
  return NEXT(unlinkat)(at, path, flags);
}
int remove(const char *path) {
  BEFORE_PATH(remove, path);
  return NEXT(remove)(path);
}
int rmdir(const char *path) {
  BEFORE_PATH(rmdir, path);
  return NEXT(rmdir)(path);
}
int mkdir(const char *path, mode_t mode) {
  BEFORE_PATH(mkdir, path);
  return NEXT(mkdir)(path, mode);
}
int mkdirat(int at, const char *path, mode_t mode) {
  BEFORE_PATH(mkdirat, path);
  return NEXT(mkdirat)(at, path, mode);
}
int truncate(const char *path, off_t size) {
  BEFORE_PATH(truncate, path);
  return NEXT(truncate)(path, size);
}
int ftruncate(int fd, off_t size) {
  BEFORE_FD(ftruncate, fd);
  return NEXT(ftruncate)(fd, size);
}
int ftruncate64(int fd, off64_t size) {
  BEFORE_FD(ftruncate, fd);
  return NEXT(ftruncate64)(fd, size);
}
int fsync(int fd) {
  BEFORE_FD(fsync, fd);
  return NEXT(fsync)(fd);
}
int fdatasync(int fd) {
  BEFORE_FD(fdatasync, fd);
  return NEXT(fdatasync)(fd);
}
int futimens(int fd, const struct timespec times[2]) {
  BEFORE_FD(futimens, fd);
  return NEXT(futimens)(fd, times);
}
int utimensat(int at, const char *path, const struct timespec times[2], int flags) {
  BEFORE_PATH(utimensat, path);
  return NEXT(utimensat)(at, path, times, flags);
}

static mode_t mode_in(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

#define MAKES_A_FILE(flags) ((flags) & (O_CREAT | O_TRUNC))
#define OPEN(name)                                       \
  int name(const char *path, int flags, ...) {           \
    va_list rest;                                        \
    va_start(rest, flags);                               \
    const mode_t mode = mode_in(flags, rest);            \
    va_end(rest);                                        \
    if (MAKES_A_FILE(flags) && last("open", path)) end(); \
    return NEXT(name)(path, flags, mode);                \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                     \
  int name(int at, const char *path, int flags, ...) {   \
    va_list rest;                                        \
    va_start(rest, flags);                               \
    const mode_t mode = mode_in(flags, rest);            \
    va_end(rest);                                        \
    if (MAKES_A_FILE(flags) && last("open", path)) end(); \
    return NEXT(name)(at, path, flags, mode);            \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                               \
  FILE *name(const char *path, const char *mode) {                \
    if (strpbrk(mode, "wa") && last("open", path)) end();         \
    return NEXT(name)(path, mode);                                \
  }
FOPEN(fopen)
FOPEN(fopen64)
