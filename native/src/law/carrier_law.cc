#include "law/carrier_law.h"

#include <algorithm>
#include <set>

#include "bpf/records.h"
#include "scans/process_facts.h"

namespace sockscope {

namespace {

// Executables. A user's own service manager is like pid 1: it holds the sockets of its socket units, and the
// whole session would end with it.
const std::set<std::string> kSessionPrograms = {
    "systemd",       "sshd",        "sshd-session", "sshd-auth",   "sshd.pam",    "dropbear",
    "dropbearmulti", "mosh-server", "etserver",     "code-tunnel", "tailscaled",  "cloudflared",
    "zerotier-one",  "openvpn",     "teleport",     "xrdp",        "xrdp-sesman", "sesman",
};

// A desktop VS Code runs its extension hosts and port forwarding as utility processes of Electron.
const std::set<std::string> kDesktopEditors = {"code",   "code-insiders", "code-oss",
                                               "codium", "cursor",        "windsurf"};
constexpr const char* kUtilityProcess = "--utility-sub-type=node.mojom.NodeService";

// A tunnel of the editor, which its user downloads.
constexpr const char* kTunnel = "code-tunnel";

// The editor's command line as a server for it: of Remote-SSH's sessions (code-COMMIT), and of its tunnels.
constexpr const char* kCommandLine = "code";
const std::set<std::string> kServingCommands = {"command-shell", "tunnel"};

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// out/server-main.js in any folder, with or without its suffix; code-server has out/node/entry.
bool is_program_of_server(const std::string& word) {
  std::string path = "/" + (ends_with(word, ".js") ? word.substr(0, word.size() - 3) : word);
  return ends_with(path, "/out/server-main") || ends_with(path, "/out/bootstrap-fork") ||
         ends_with(path, "/out/node/entry");
}

// code, code-insiders, or code- and a commit.
bool is_command_line(const std::string& program) {
  return program == kCommandLine || program.rfind(std::string(kCommandLine) + "-", 0) == 0;
}

bool is_of_server(const std::string& word) {
  return word == "--type=extensionHost" || word == "--type=ptyHost" || is_program_of_server(word);
}

bool is_editor(const CarrierFacts& facts) {
  std::vector<std::string> words = facts.words();
  if (words.empty()) return false;
  std::string program = facts.executable ? *facts.executable : base_name(words[0]);
  if (program == kTunnel || base_name(words[0]) == kTunnel) return true;
  bool serves = std::any_of(words.begin() + 1, words.end(),
                            [](const std::string& word) { return kServingCommands.count(word) != 0; });
  if (serves && is_command_line(program)) return true;
  bool is_utility = std::find(words.begin(), words.end(), kUtilityProcess) != words.end();
  if (is_utility && kDesktopEditors.count(program) != 0) return true;
  return std::any_of(words.begin() + 1, words.end(), is_of_server);
}

bool is_session_program(const CarrierFacts& facts, bool in_doubt) {
  return kSessionPrograms.count(facts.executable.value_or(facts.name)) != 0 &&
         facts.runs_file_of_root().value_or(in_doubt);
}

bool is_trusted(uint32_t uid, const Scope& scope) { return uid == 0 || scope.covers(uid); }

CarrierFacts facts_of(const ProcessFacts& process) {
  return {process.uid(),
          process.name(),
          process.executable(),
          [&process] { return process.words(); },
          [&process] { return process.runs_file_of_root(); },
          [&process] { return process.runs_file_of_own_mounts(); },
          [&process] { return process.is_in_own_user_namespace(); }};
}

}  // namespace

Carrier carrier_kind(const CarrierFacts& facts, const Scope& scope, Doubt doubt) {
  bool in_doubt = doubt == Doubt::kMeansYes;
  bool trusted = is_trusted(facts.uid, scope);
  if (facts.uid == SOCKSCOPE_NO_UID || (!trusted && !scope.all())) return Carrier::kNone;
  // Anybody can give his program any arguments; those of others are not even read, as they may not come.
  Carrier kind = is_session_program(facts, in_doubt) ? Carrier::kSession
                 : trusted && is_editor(facts)       ? Carrier::kEditor
                                                     : Carrier::kNone;
  bool is_proved = kind == Carrier::kNone || facts.is_in_own_user_namespace().value_or(in_doubt);
  // Services of root's may have mounts of their own.
  bool is_named_here =
      kind == Carrier::kNone || trusted || facts.runs_file_of_own_mounts().value_or(in_doubt);
  return is_proved && is_named_here ? kind : Carrier::kNone;
}

Carrier CarrierLaw::kind_of(pid_t pid) const {
  if (std::find(own_.begin(), own_.end(), static_cast<uint32_t>(pid)) != own_.end()) return Carrier::kOwn;
  ProcessFacts process(pid);
  // A thread of the kernel, or it has ended: most of the machine's processes.
  if (process.executable() == "") return Carrier::kNone;
  return carrier_kind(facts_of(process), scope_, doubt_);
}

std::vector<uint32_t> CarrierLaw::all(size_t max) const {
  std::vector<uint32_t> found = own_, roots, others;
  for (pid_t pid : all_processes()) {
    if (kind_of(pid) == Carrier::kNone || std::find(own_.begin(), own_.end(), pid) != own_.end()) continue;
    uint32_t uid = ProcessFacts(pid).uid();
    (scope_.covers(uid) ? found : uid == 0 ? roots : others).push_back(pid);
  }
  for (const auto& more : {roots, others}) found.insert(found.end(), more.begin(), more.end());
  if (found.size() > max) found.resize(max);
  return found;
}

}  // namespace sockscope
