// Which processes carry sessions: by what they run, not by what they are called.
#include "law/carrier_law.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bpf/records.h"
#include "expect.h"
#include "scans/process_facts.h"
#include "without_descriptors.h"

using namespace sockscope;

namespace {

constexpr uint32_t kRoot = 0, kAnn = 1000, kBob = 2000;
// A process as it is read; each test changes what it is about.
struct Process {
  uint32_t uid = kAnn;
  std::optional<std::string> executable = "node";
  std::vector<std::string> words = {};
  std::string name = "";
  std::optional<bool> file_of_root = true;
  std::optional<bool> is_here = true;
  std::optional<bool> is_named_here = true;

  Carrier kind(bool all = false, Doubt doubt = Doubt::kMeansNo) const {
    Scope scope({kAnn, all});
    return carrier_kind({uid, name, executable, [this] { return words; }, [this] { return file_of_root; },
                         [this] { return is_named_here; }, [this] { return is_here; }},
                        scope, doubt);
  }
  bool carries(bool all = false, Doubt doubt = Doubt::kMeansNo) const {
    return kind(all, doubt) != Carrier::kNone;
  }
};

void programs() {
  for (const char* program : {"sshd", "sshd-session", "systemd", "dropbear", "mosh-server", "tailscaled"}) {
    expect(Process{kAnn, program}.kind() == Carrier::kSession, std::string("a session: ") + program);
  }
  expect(Process{kRoot, "sshd"}.carries(), "a session of root");
  expect(!Process{kAnn, "python3", {"sshd", "server-main.js"}, "sshd"}.carries(),
         "the name sshd of another program is none");
  expect(!Process{kAnn, "nginx", {"nginx: master process"}, "nginx"}.carries(), "nginx is none");
  Process copied{kAnn, "sshd"};
  copied.file_of_root = false;
  expect(!copied.carries(), "a program called sshd that is not root's is none");
  copied.uid = kRoot;
  expect(!copied.carries(), "nor where root runs it");
}

void uids() {
  Process theirs{kBob, "sshd"};
  expect(!theirs.carries() && theirs.carries(true), "another user's is one with scope all alone");
  theirs.is_named_here = false;
  expect(!theirs.carries(true), "nor there, by a name that only a mount of his own gives a file of root's");
  Process service{kRoot, "sshd"};
  service.is_named_here = false;
  expect(service.carries(), "a service of root's may have mounts of its own");
  Process mixed{SOCKSCOPE_NO_UID, "sshd"};
  expect(!mixed.carries() && !mixed.carries(true), "a process that mixes uids is none");
}

void namespaces() {
  Process inside{kAnn, "sshd"};
  inside.is_here = false;
  expect(!inside.carries() && !inside.carries(true), "in a user namespace of its own, sshd is none");
  Process editor{kAnn, "node", {"node", "/opt/out/server-main.js"}};
  editor.is_here = false;
  expect(!editor.carries(), "nor is an editor");
}

void editors() {
  const std::string utility = "--utility-sub-type=node.mojom.NodeService";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"node", "/home/ann/.vscode-server/out/server-main.js"},
        {"node", "out/server-main"},
        {"/opt/node", "/opt/out/bootstrap-fork", "--type=ptyHost"},
        {"node", "--type=extensionHost"}}) {
    Process own{kAnn, "node", words};
    own.file_of_root = false;
    expect(own.kind() == Carrier::kEditor, "an editor: " + words.back());
    own.uid = kBob;
    expect(!own.carries() && !own.carries(true), "another user's arguments prove nothing: " + words.back());
  }
  for (const std::string& word : {std::string("server-main.js"), std::string("/opt/about/server-main.js"),
                                  std::string("/opt/out/server-main.json"), std::string("--type=renderer")}) {
    expect(!Process{kAnn, "node", {"node", word}}.carries(), "no editor: " + word);
  }
  expect(Process{kAnn, "code", {"/usr/share/code/code", "--type=utility", utility}}.carries(),
         "a utility process of the desktop editor");
  expect(!Process{kAnn, "electron", {"/home/ann/electron", utility}}.carries(),
         "no program of the developer");
  expect(!Process{kAnn, "code", {"/usr/share/code/code", "server.js"}}.carries(), "nor one in its terminal");
  expect(!Process{kAnn, "node", {"/opt/out/server-main.js"}}.carries(), "a title alone is no argument");
  Process tunnel{kAnn, "code-tunnel", {"/home/ann/code-tunnel", "tunnel"}};
  tunnel.file_of_root = false;
  expect(tunnel.kind() == Carrier::kEditor, "a tunnel that its user has downloaded");
  const std::string commit = "code-848b80aeb52026648a8ff9f7c45a9b0a80641e2e";
  Process exec_server{kAnn, commit, {"/home/ann/.vscode-server/" + commit, "command-shell", "--on-port"}};
  exec_server.file_of_root = false;
  expect(exec_server.kind() == Carrier::kEditor, "the exec server of Remote-SSH");
  expect(!Process{kAnn, "codesearch", {"codesearch", "tunnel"}}.carries(),
         "nor any program that begins like it");
  expect(Process{kAnn, "node", {"node", "/opt/code-server/out/node/entry"}}.carries(), "code-server");
}

// As an observer sees root's programs.
void hidden() {
  Process sshd{kRoot, std::nullopt, {}, "sshd"};
  sshd.file_of_root = sshd.is_here = std::nullopt;
  expect(!sshd.carries(), "to the broker, doubt means no");
  expect(sshd.carries(false, Doubt::kMeansYes), "to an observer, it means yes");
  sshd.uid = kBob;
  expect(!sshd.carries(false, Doubt::kMeansYes), "but not for another user's");
}

void reading() {
  expect(single_uid_in("Name:\tx\nUid:\t7\t7\t7\t7\n") == 7, "one uid");
  for (const char* mixed : {"Name:\tx\nUid:\t7\t0\t7\t7\n", "Name:\tx\nUid:\t7\t7\t0\t7\n",
                            "Name:\tx\nUid:\t0\t0\t0\t7\n", "Name:\tx\nUid:\t7\n", ""}) {
    expect(single_uid_in(mixed) == SOCKSCOPE_NO_UID, "no single uid");
  }
  ProcessFacts self(getpid());
  prctl(PR_SET_NAME, "sshd");
  expect(self.executable() == "carrier_law_test" && self.name() == "sshd", "a program, and its name");
  expect(self.uid() == getuid() && self.is_in_own_user_namespace() == true, "its uid and user namespace");
  expect(self.words().size() == 1, "its arguments");
  Scope everybody({getuid(), true});
  CarrierLaw law(everybody, {1}, Doubt::kMeansNo);
  expect(law.kind_of(1) == Carrier::kOwn && law.kind_of(getpid()) == Carrier::kNone,
         "the law asks the kernel");
  expect(law.kind_of(0) == Carrier::kNone, "no process is no carrier");
  expect(law.all(1).size() == 1, "at most so many");
  expect_refusal_without_descriptors([&law] { law.kind_of(getpid()); }, "what carries a session");
}

// A copy of `sleep` under the name of a carrier that this uid runs; it ends with this test.
pid_t start_as(const std::string& program, uint32_t uid) {
  int started[2];
  if (pipe2(started, O_CLOEXEC) != 0) std::abort();
  pid_t pid = fork();
  if (pid == 0) {
    if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(program.c_str(), program.c_str(), "600", nullptr);
    _exit(1);
  }
  close(started[1]);
  char byte;
  if (read(started[0], &byte, 1) != 0) std::abort();  // closed by exec
  close(started[0]);
  return pid;
}

// Only so many are spared: those that matter most to the served user come first, whatever their pids are.
void order() {
  if (geteuid() != 0) return std::puts("skipped: other users' processes need root"), void();
  char folder[] = "/tmp/carrier-law-XXXXXX";
  if (!mkdtemp(folder) || chmod(folder, 0755) != 0) std::abort();
  std::string program = std::string(folder) + "/sshd";
  std::filesystem::copy_file("/bin/sleep", program);
  std::vector<pid_t> pids;
  for (uint32_t uid : {kBob, kRoot, kAnn}) pids.push_back(start_as(program, uid));
  Scope everybody({kAnn, true});
  CarrierLaw law(everybody, {1}, Doubt::kMeansNo);
  std::vector<uint32_t> all = law.all(SIZE_MAX);
  auto at = [&all](uint32_t pid) { return std::find(all.begin(), all.end(), pid) - all.begin(); };
  expect(at(1) == 0 && at(1) < at(pids[2]) && at(pids[2]) < at(pids[1]) && at(pids[1]) < at(pids[0]) &&
             at(pids[0]) < static_cast<long>(all.size()),
         "first its own, then the user's, root's, and others'");
  expect(law.all(1) == std::vector<uint32_t>{1}, "of too many, the last are left out");
  for (pid_t pid : pids) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

int main() {
  programs();
  uids();
  namespaces();
  editors();
  hidden();
  reading();
  order();
  return failures == 0 ? 0 : 1;
}
