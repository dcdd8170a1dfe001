#include "engines/port_bytecode.h"

namespace sockscope {

namespace {

constexpr uint8_t kOp = sizeof(inet_diag_bc_op);
// A comparison is followed by its port.
constexpr uint8_t kComparison = 2 * kOp;
// One test: at least the port, at most the port, and a jump to the end, which passes the socket.
constexpr uint16_t kTest = 2 * kComparison + kOp;

inet_diag_bc_op number(uint16_t port) { return {0, 0, port}; }

// `left`: bytes from the start of the test to the end of the program. A jump beyond the end by one operation
// fails.
void add_test(std::vector<inet_diag_bc_op>& program, uint8_t at_least, uint8_t at_most, uint16_t port,
              uint16_t left) {
  bool is_last = left == kTest;
  auto next_test = static_cast<uint16_t>(is_last ? left + kOp : kTest);
  program.push_back({at_least, kComparison, next_test});
  program.push_back(number(port));
  program.push_back({at_most, kComparison, static_cast<uint16_t>(next_test - kComparison)});
  program.push_back(number(port));
  program.push_back({INET_DIAG_BC_JMP, kOp, static_cast<uint16_t>(left - 2 * kComparison)});
}

}  // namespace

std::vector<inet_diag_bc_op> port_bytecode(const PortSelection& selection) {
  std::vector<inet_diag_bc_op> program;
  auto left = static_cast<uint16_t>(2 * selection.ports().size() * kTest);
  for (uint16_t port : selection.ports()) {
    add_test(program, INET_DIAG_BC_S_GE, INET_DIAG_BC_S_LE, port, left);
    left -= kTest;
    add_test(program, INET_DIAG_BC_D_GE, INET_DIAG_BC_D_LE, port, left);
    left -= kTest;
  }
  return program;
}

}  // namespace sockscope
