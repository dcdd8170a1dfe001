// The join of a listing: what the tests in TypeScript do not see (whole listings by chance, under
// sanitizers), and numbers that are not of the listing.
#include "join/join.h"

#include <netinet/in.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "expect.h"
#include "join/json_rows.h"
#include "join/page.h"
#include "shared/tcp_states.h"

using namespace sockscope;

namespace {

constexpr PageLimits kLimits = {2000, 1 << 20};

socket_record row_of(uint64_t cookie, uint16_t port, uint16_t remote_port, uint32_t pid = 1) {
  socket_record row = {};
  row.cookie = cookie;
  row.inode = cookie;
  row.netns = 1;
  row.pid = pid;
  row.fd = pid == 0 ? -1 : 3;
  row.family = AF_INET;
  row.protocol = IPPROTO_TCP;
  row.state = remote_port == 0 ? kListen : kEstablished;
  row.local_port = port;
  row.remote_port = remote_port;
  row.local_address[0] = row.remote_address[0] = 127;
  return row;
}

Rows rows_of(const std::vector<socket_record>& rows) {
  return {rows.data(), static_cast<uint32_t>(rows.size())};
}

Surroundings surroundings_of(const Join& join) {
  Surroundings surroundings;
  surroundings.carries_session.assign(join.programs().size(), false);
  surroundings.containers.assign(join.programs().size(), kNone);
  surroundings.sizes.assign(join.programs().size(), 100);
  return surroundings;
}

Page whole_page(const Join& join) {
  std::vector<listed_socket> listed = without_paths(join, open_sockets(join));
  return write_page(join, {listed.data(), listed.size()}, 0, kLimits);
}

// The same for every row. Counts how often it is asked.
struct FixedTexts : RowTexts {
  KindTexts kind(const row_kind&) override { return asked++, KindTexts{"0", "0", "null"}; }
  std::string address(uint16_t, const uint8_t (&)[16]) override { return asked++, "0"; }
  std::string program(uint32_t, uint32_t) override { return asked++, R"("name":0)"; }
  std::string container(uint32_t) override { return asked++, "0"; }
  size_t asked = 0;
};

JsonRows rows_as_json(const Join& join, Listed listed, size_t start, size_t bytes) {
  FixedTexts texts;
  return write_json_rows(join, listed, start, bytes, texts);
}

void test_owners() {
  socket_record second = row_of(7, 80, 0, 2), again = row_of(7, 80, 0, 1), other_fd = again;
  other_fd.fd = 1;
  std::vector<socket_record> rows = {second, again, other_fd, again, row_of(7, 80, 0, 0)};
  Join join(rows_of(rows), nullptr, true);
  const joined_socket& socket = join.joined().at(0);
  expect(join.sockets().size() == 1 && socket.owners_count == 3,
         "each descriptor of a socket is an owner once");
  const std::vector<uint32_t>& owners = join.sockets().owner_rows();
  expect(owners[0] == 2 && owners[1] == 3 && owners[2] == 0,
         "sorted by pid and descriptor; the last row counts");
  expect(join.programs().size() == 2, "two programs");
}

void test_unchanged() {
  std::vector<socket_record> before = {row_of(1, 80, 0), row_of(2, 80, 4000), row_of(3, 81, 4001)};
  Join first(rows_of(before), nullptr, true);
  std::vector<socket_record> now = {before[1], before[0], before[2], row_of(4, 82, 0)};
  now[0].snd_nxt = 5;
  now[2].state = kCloseWait;
  Join second(rows_of(now), &first, true);
  expect(second.joined()[0].same_as == 1 && second.joined()[1].same_as == 0,
         "a socket is the same in another place, and with other sequence numbers");
  expect(second.joined()[2].same_as == kNone && second.joined()[3].same_as == kNone,
         "not in another state, nor as a new one");
  expect(Join(rows_of(now), &first, false).joined()[0].same_as == kNone, "nothing where nobody asks");
}

void test_page_limits() {
  std::vector<socket_record> rows;
  for (uint16_t port = 1; port <= 100; port++) rows.push_back(row_of(port, port, 0));
  Join join(rows_of(rows), nullptr, true);
  join.describe(surroundings_of(join));
  std::vector<listed_socket> listed = without_paths(join, open_sockets(join));
  Listed all = {listed.data(), listed.size()};
  expect(write_page(join, all, 0, {30, 1 << 20}).end == 30, "a page has at most so many rows");
  expect(write_page(join, all, 90, {30, 1 << 20}).end == 100, "and ends with the list");
  expect(write_page(join, all, 5, {30, 1}).end == 6, "and has one row, however few bytes it may have");
  expect(write_page(join, all, 100, kLimits).columns.find("\"port\"") == std::string::npos, "or none");
}

void test_json_limits() {
  std::vector<socket_record> rows;
  for (uint16_t port = 100; port >= 1; port--) rows.push_back(row_of(port, port, 0));
  Join join(rows_of(rows), nullptr, true);
  join.describe(surroundings_of(join));
  std::vector<listed_socket> listed = without_paths(join, open_sockets(join));
  put_in_order(join, listed);
  Listed all = {listed.data(), listed.size()};
  FixedTexts texts;
  JsonRows whole = write_json_rows(join, all, 0, 1 << 20, texts);
  expect(whole.end == 100 && texts.asked == 3, "rows as JSON ask once for what repeats");
  expect(whole.text.find(R"("port":1})") < whole.text.find(R"("port":2})"), "and are in order");
  expect(rows_as_json(join, all, 5, 1).end == 6, "one has no room, but the first is there");
  expect(rows_as_json(join, all, 100, 1 << 20).text.empty(), "and there may be none");
}

template <typename Work>
bool is_refused(Work work) {
  try {
    work();
    return false;
  } catch (const std::out_of_range&) {
    return true;
  }
}

void test_foreign_numbers() {
  std::vector<socket_record> rows = {row_of(1, 80, 0)};
  Join join(rows_of(rows), nullptr, true);
  Surroundings surroundings = surroundings_of(join);
  surroundings.kernels = {1};
  expect(is_refused([&] { join.describe(surroundings); }), "no socket of the kernel's beyond the last");
  surroundings.sizes.clear();
  expect(is_refused([&] { join.describe(surroundings); }), "no programs of another listing");
  expect(is_refused([&] { without_paths(join, {1}); }), "no list of sockets beyond the last");
  for (listed_socket wrong : {listed_socket{1, kNone}, listed_socket{0, 1}}) {
    expect(is_refused([&] { write_page(join, {&wrong, 1}, 0, kLimits); }), "no page of them either");
    expect(is_refused([&] { rows_as_json(join, {&wrong, 1}, 0, 100); }), "nor as JSON");
  }
  listed_socket wrong = {1, kNone};
  expect(is_refused([&] { containers_of(join, {&wrong, 1}); }), "and no containers");
  expect(is_refused([&] { owners_left_out(join, {&wrong, 1}); }), "or owners of theirs");
}

// Few values for each field, so that sockets have owners, peers and queues in common.
std::vector<socket_record> random_rows(std::mt19937& random, size_t count) {
  auto below = [&](uint32_t end) { return static_cast<uint32_t>(random() % end); };
  std::vector<socket_record> rows;
  for (size_t at = 0; at < count; at++) {
    socket_record row = row_of(below(count) + 1, below(4), below(4), below(5));
    row.inode = below(4);
    row.netns = below(3);
    row.fd = static_cast<int32_t>(below(4));
    row.family = below(2) ? AF_INET : AF_INET6;
    row.protocol = below(4) ? IPPROTO_TCP : below(2) ? IPPROTO_UDP : 262;
    row.state = below(16);
    row.flags = below(32);
    row.local_address[0] = row.remote_address[0] = below(2) ? 127 : 0;
    row.snd_nxt = below(3);
    row.rcv_nxt = below(3);
    row.name[0] = static_cast<char>('a' + below(2));
    rows.push_back(row);
  }
  return rows;
}

void test_random_listings() {
  std::mt19937 random(1);
  std::vector<socket_record> before;
  auto earlier = std::make_unique<Join>(rows_of(before), nullptr, true);
  size_t peers = 0, waiting = 0;
  bool is_sound = true;
  for (int round = 0; round < 200; round++) {
    std::vector<socket_record> rows = random_rows(random, 1 + random() % 200);
    auto join = std::make_unique<Join>(rows_of(rows), earlier.get(), true);
    join->describe(surroundings_of(*join));
    for (const joined_socket& socket : join->joined()) {
      peers += socket.peer != kNone;
      waiting += socket.queue != kNone;
      is_sound = is_sound && (socket.peer == kNone || socket.peer < join->sockets().size());
    }
    Page page = whole_page(*join);
    is_sound = is_sound && page.columns.front() == '{' && page.columns.back() == '}';
    std::vector<listed_socket> listed = without_paths(*join, open_sockets(*join));
    put_in_order(*join, listed);
    JsonRows json = rows_as_json(*join, {listed.data(), listed.size()}, 0, 1 << 24);
    is_sound = is_sound && json.end == listed.size();
    earlier = std::move(join);
    before.swap(rows);  // the rows of a join stay where they are
  }
  expect(is_sound && peers > 100 && waiting > 100, "200 listings by chance: " + std::to_string(peers) +
                                                       " peers, " + std::to_string(waiting) + " waiting");
}

}  // namespace

int main() {
  test_owners();
  test_unchanged();
  test_page_limits();
  test_json_limits();
  test_foreign_numbers();
  test_random_listings();
  return failures == 0 ? 0 : 1;
}
