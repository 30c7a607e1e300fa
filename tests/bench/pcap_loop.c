/* pcap_loop.c - the least that reading a capture costs: libpcap, and a look at each
 * header. */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct pcap_pkthdr *header;
    const u_char *bytes;
    uint64_t packets = 0, captured = 0;
    unsigned seen = 0;
    int outcome;

    if (argc != 2) {
        fputs("usage: pcap_loop CAPTURE\n", stderr);
        return 2;
    }
    double start = now_s();
    pcap_t *in = pcap_open_offline_with_tstamp_precision(
        argv[1], PCAP_TSTAMP_PRECISION_NANO, reason);
    if (in == NULL) {
        fprintf(stderr, "pcap_loop: %s\n", reason);
        return EXIT_FAILURE;
    }
    while ((outcome = pcap_next_ex(in, &header, &bytes)) == 1) {
        packets++;
        captured += header->caplen;
        seen += header->caplen > 0 ? bytes[0] : 0;
    }
    if (outcome == PCAP_ERROR)
        fprintf(stderr, "pcap_loop: %s: %s\n", argv[1], pcap_geterr(in));
    pcap_close(in);
    /* The sum is printed so that no compiler leaves the look at the bytes out. */
    printf("packets %" PRIu64 "\nbytes %" PRIu64 "\nseconds %.6f\nsum %u\n", packets,
           captured, now_s() - start, seen);
    return outcome == PCAP_ERROR ? EXIT_FAILURE : EXIT_SUCCESS;
}
