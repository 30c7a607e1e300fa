/* rtt_direction.c - outstanding segments and holes, RFC 9293 section 3.4. */
#include "analyzer/rtt_direction.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

enum { FIRST_CAPACITY = 8, CAPACITY_STEP = 4 };

struct rtt_direction *rtt_direction_new(void)
{
    struct rtt_direction *direction = alloc_zeroed(1, sizeof *direction);
    direction->neighbour.sample_ns = -1;
    return direction;
}

void rtt_direction_free(struct rtt_direction *direction)
{
    if (direction == NULL)
        return;
    free(direction->entries);
    free(direction->holes);
    free(direction->waiting);
    free(direction);
}

void rtt_direction_void(struct rtt_direction *direction)
{
    direction->first = direction->count = 0;
    direction->hole_count = 0;
    direction->late.left = direction->late.right;
    direction->has_recover = false;
}

/* Most flows never have more than a handful outstanding: 8, 32, 256. */
static void grow(struct rtt_direction *direction)
{
    unsigned capacity =
        direction->capacity == 0 ? FIRST_CAPACITY : direction->capacity * CAPACITY_STEP;
    if (capacity > RTT_OUTSTANDING_MAX / 2)
        capacity = RTT_OUTSTANDING_MAX;
    struct rtt_entry *entries = alloc_resize(NULL, capacity, sizeof *entries);
    for (unsigned i = 0; i < direction->count; i++)
        entries[i] = *rtt_direction_entry(direction, i);
    free(direction->entries);
    direction->entries = entries;
    direction->capacity = (uint16_t)capacity;
    direction->first = 0;
}

/* What remains is still spread over the whole window, and dense where it is youngest. */
static void thin(struct rtt_direction *direction)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < direction->count; i++)
        if (i >= direction->count / 2u || i % 2 == 1)
            *rtt_direction_entry(direction, kept++) = *rtt_direction_entry(direction, i);
    direction->count = (uint16_t)kept;
}

void rtt_direction_add(struct rtt_direction *direction, const struct rtt_entry *entry)
{
    if (direction->count == RTT_OUTSTANDING_MAX)
        thin(direction);
    else if (direction->count == direction->capacity)
        grow(direction);
    unsigned at = direction->count++;
    for (; at > 0; at--) {
        const struct rtt_entry *before = rtt_direction_entry(direction, at - 1);
        if (sequence_distance(entry->end, before->end) <= 0)
            break;
        *rtt_direction_entry(direction, at) = *before;
    }
    *rtt_direction_entry(direction, at) = *entry;
}

void rtt_direction_flag_after(struct rtt_direction *direction, uint32_t sequence,
                              uint8_t flag)
{
    for (unsigned i = direction->count; i > 0; i--) {
        struct rtt_entry *entry = rtt_direction_entry(direction, i - 1);
        if (sequence_distance(sequence, entry->end) <= 0)
            return;
        entry->flags |= flag;
    }
}

struct rtt_entry *rtt_direction_find(const struct rtt_direction *direction, uint32_t end)
{
    unsigned low = 0, high = direction->count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        struct rtt_entry *entry = rtt_direction_entry(direction, middle);
        int32_t ahead = sequence_distance(end, entry->end);
        if (ahead == 0)
            return entry;
        if (ahead < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

unsigned rtt_direction_take(struct rtt_direction *direction, uint32_t acknowledgement,
                            struct rtt_entry *newest)
{
    unsigned taken = 0;
    for (; direction->count > 0; taken++) {
        const struct rtt_entry *entry = rtt_direction_entry(direction, 0);
        if (sequence_distance(entry->end, acknowledgement) < 0)
            break;
        if (taken == 0 || entry->time_ns >= newest->time_ns)
            *newest = *entry;
        direction->first =
            (uint16_t)((direction->first + 1u) & (direction->capacity - 1u));
        direction->count--;
    }
    return taken;
}

static void remove_holes(struct rtt_direction *direction, unsigned from, unsigned count)
{
    struct rtt_hole *at = &direction->holes[from];
    size_t behind = direction->hole_count - from - count;
    memmove(at, at + count, behind * sizeof *at);
    direction->hole_count = (uint8_t)(direction->hole_count - count);
}

static void insert_hole(struct rtt_direction *direction, unsigned position,
                        const struct rtt_hole *hole)
{
    if (direction->holes == NULL)
        direction->holes = alloc_resize(NULL, RTT_HOLES_MAX, sizeof *hole);
    if (direction->hole_count == RTT_HOLES_MAX) {
        remove_holes(direction, 0, 1);
        if (position > 0)
            position--;
    }
    struct rtt_hole *at = &direction->holes[position];
    memmove(at + 1, at, (direction->hole_count - position) * sizeof *at);
    *at = *hole;
    direction->hole_count++;
}

void rtt_direction_open_hole(struct rtt_direction *direction, const struct rtt_hole *hole)
{
    insert_hole(direction, direction->hole_count, hole);
}

const struct rtt_hole *rtt_direction_find_hole(const struct rtt_direction *direction,
                                               uint32_t left, uint32_t right)
{
    for (unsigned i = 0; i < direction->hole_count; i++) {
        const struct rtt_hole *hole = &direction->holes[i];
        if (sequence_distance(hole->left, left) >= 0 &&
            sequence_distance(right, hole->right) >= 0)
            return hole;
    }
    return NULL;
}

/* Cuts [left, right), which lies inside the hole, out of it. */
static void cut_hole(struct rtt_direction *direction, unsigned position, uint32_t left,
                     uint32_t right)
{
    struct rtt_hole *hole = &direction->holes[position];
    struct rtt_hole behind = *hole;
    behind.left = right;
    hole->right = left;
    if (behind.left != behind.right && hole->left != hole->right)
        insert_hole(direction, position + 1, &behind);
    else if (hole->left == hole->right)
        *hole = behind;
}

uint32_t rtt_direction_fill(struct rtt_direction *direction, uint32_t left,
                            uint32_t right)
{
    uint32_t filled = 0;
    for (unsigned i = direction->hole_count; i > 0; i--) {
        struct rtt_hole *hole = &direction->holes[i - 1];
        uint32_t from = sequence_distance(hole->left, left) > 0 ? left : hole->left;
        uint32_t to = sequence_distance(right, hole->right) > 0 ? right : hole->right;
        if (sequence_distance(from, to) <= 0)
            continue;
        filled += to - from;
        if (from == hole->left && to == hole->right)
            remove_holes(direction, i - 1, 1);
        else
            cut_hole(direction, i - 1, from, to);
    }
    return filled;
}

unsigned rtt_direction_lose(struct rtt_direction *direction, uint32_t acknowledgement,
                            uint64_t *bytes)
{
    unsigned lost = 0, gone = 0;
    for (unsigned i = 0; i < direction->hole_count; i++) {
        struct rtt_hole *hole = &direction->holes[i];
        if (sequence_distance(hole->left, acknowledgement) <= 0)
            break;
        lost++;
        if (sequence_distance(hole->right, acknowledgement) < 0) {
            *bytes += acknowledgement - hole->left;
            hole->left = acknowledgement;
            break;
        }
        *bytes += hole->right - hole->left;
        gone++;
    }
    if (gone > 0)
        remove_holes(direction, 0, gone);
    return lost;
}

void rtt_direction_keep(struct rtt_direction *direction, int64_t sample_ns)
{
    unsigned at = direction->smallest_count;
    if (at == RTT_SMALLEST && direction->smallest[--at] <= sample_ns)
        return;
    for (; at > 0 && direction->smallest[at - 1] > sample_ns; at--)
        direction->smallest[at] = direction->smallest[at - 1];
    direction->smallest[at] = sample_ns;
    if (direction->smallest_count < RTT_SMALLEST)
        direction->smallest_count++;
}
