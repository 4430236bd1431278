/* An SMTP server that takes every message and keeps none, for benchmarks: sink [DELAY_MS]
 *
 * One thread, epoll (Linux), PIPELINING (RFC 2920), listens on a free port of 127.0.0.1 and prints it.
 * With a delay every reply leaves so many milliseconds after its command came, as over a line with that
 * round trip. At the end of its standard input it prints how many messages it took and leaves.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, LINE = 1024, OUT = 4096, MOST = 4096 };

typedef struct {
    int fd, data, mail, rcpt, quit;
    size_t held;     /* bytes of an unfinished command, or the last four bytes of a message */
    char hold[LINE];
    size_t out;      /* bytes of replies in `reply`, to leave at `due` */
    double due;
    char reply[OUT];
} peer;

static peer *peers[MOST];
static char chunk[LINE + CHUNK];
static long long taken;
static double delay;
static int epoll;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void drop(peer *p) {
    peers[p->fd] = NULL;
    close(p->fd);
    free(p);
}

static void say(peer *p, const char *words) {
    size_t length = strlen(words);
    if (p->out + length > OUT) {
        fprintf(stderr, "sink: a client sends commands without reading replies\n");
        exit(1);
    }
    if (!p->out) p->due = now() + delay;
    memcpy(p->reply + p->out, words, length);
    p->out += length;
}

static int flush(peer *p) {
    if (p->out && send(p->fd, p->reply, p->out, MSG_NOSIGNAL) != (ssize_t)p->out) return 0;
    p->out = 0;
    return !p->quit;
}

static void command(peer *p, const char *line) {
    if (!strncasecmp(line, "EHLO", 4)) say(p, "250-sink\r\n250-PIPELINING\r\n250-SIZE 0\r\n250 8BITMIME\r\n");
    else if (!strncasecmp(line, "HELO", 4) || !strncasecmp(line, "NOOP", 4)) say(p, "250 ok\r\n");
    else if (!strncasecmp(line, "MAIL FROM:", 10)) {
        say(p, p->mail ? "503 5.5.1 nested MAIL\r\n" : "250 2.1.0 ok\r\n");
        p->mail = 1;
    } else if (!strncasecmp(line, "RCPT TO:", 8)) {
        say(p, p->mail ? "250 2.1.5 ok\r\n" : "503 5.5.1 no MAIL\r\n");
        p->rcpt += p->mail;
    } else if (!strncasecmp(line, "DATA", 4)) {
        say(p, p->rcpt ? "354 go on\r\n" : "503 5.5.1 no RCPT\r\n");
        p->data = p->rcpt > 0;
    } else if (!strncasecmp(line, "RSET", 4)) {
        p->mail = p->rcpt = 0;
        say(p, "250 ok\r\n");
    } else if (!strncasecmp(line, "QUIT", 4)) {
        p->quit = 1;
        say(p, "221 bye\r\n");
    } else say(p, "500 5.5.2 what?\r\n");
}

/* Takes in what came: `size` bytes at `chunk`, what was held before them included. */
static int take(peer *p, size_t size) {
    char *at = chunk, *end = chunk + size;
    p->held = 0;
    while (at < end) {
        if (p->data) {
            char *dot = memmem(at, end - at, "\r\n.\r\n", 5);
            if (!dot) {
                p->held = end - at < 4 ? end - at : 4;
                memcpy(p->hold, end - p->held, p->held);
                return 1;
            }
            at = dot + 5;
            p->data = p->mail = p->rcpt = 0;
            taken++;
            say(p, "250 2.0.0 ok\r\n");
            continue;
        }
        char *feed = memchr(at, '\n', end - at);
        if (!feed) {
            p->held = end - at;
            if (p->held >= LINE) return 0;
            memcpy(p->hold, at, p->held);
            return 1;
        }
        *feed = 0;
        command(p, at);
        at = feed + 1;
        if (p->data) { /* the end of DATA's line counts for a dot right after it */
            *feed = '\n';
            at = feed - 1;
        }
    }
    return 1;
}

static void receive(peer *p) {
    memcpy(chunk, p->hold, p->held);
    ssize_t got = recv(p->fd, chunk + p->held, CHUNK, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 || !take(p, p->held + got) || (delay == 0 && !flush(p))) drop(p);
}

static void admit(int listening) {
    int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK), one = 1;
    if (fd < 0) return;
    if (fd >= MOST) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer *p = peers[fd] = calloc(1, sizeof *p);
    p->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    say(p, "220 sink ESMTP\r\n");
    if (delay == 0) flush(p);
}

/* Sends the delayed replies whose time has come; returns the milliseconds to the next, or -1. */
static int send_due(void) {
    double next = 0, moment = now();
    for (int fd = 0; fd < MOST; fd++) {
        peer *p = peers[fd];
        if (!p || !p->out) continue;
        if (p->due <= moment) {
            if (!flush(p)) drop(p);
        } else if (!next || p->due < next) next = p->due;
    }
    return next ? (int)((next - moment) * 1e3) + 1 : -1;
}

int main(int count, char **words) {
    delay = count > 1 ? atof(words[1]) / 1e3 : 0;
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listening, (struct sockaddr *)&address, size) || listen(listening, 512)) return 1;
    getsockname(listening, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listening};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event);
    event.data.fd = STDIN_FILENO;
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, delay > 0 ? send_due() : -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            char rest[16];
            if (fd == listening) admit(fd);
            else if (fd != STDIN_FILENO) receive(peers[fd]);
            else if (read(fd, rest, sizeof rest) <= 0) {
                printf("%lld\n", taken);
                return 0;
            }
        }
    }
}
