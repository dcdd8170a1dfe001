// Entries of the journal: their form, and that nothing waits for a journal that is missing or does not read.
#include "audit/journal.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

void form() {
  expect(journal_entry({{"MESSAGE", "destroy: destroyed"}, {"PRIORITY", "5"}}) ==
             "MESSAGE=destroy: destroyed\nPRIORITY=5\n",
         "one line a field");
  std::string entry = journal_entry({{"MESSAGE", "a\nSOCKSCOPE_UID=0"}});
  std::string expected =
      std::string("MESSAGE\n") + std::string("\x11\0\0\0\0\0\0\0", 8) + "a\nSOCKSCOPE_UID=0\n";
  expect(entry == expected, "a line break in a value makes no field");
}

void delivery() {
  char folder[] = "/tmp/sockscope-journal-XXXXXX";
  expect(mkdtemp(folder) != nullptr, "a folder");
  std::string path = std::string(folder) + "/socket";
  Journal(path).send({{"MESSAGE", "nobody is there"}});
  Journal(std::string(200, 'x')).send({{"MESSAGE", "a path that is too long"}});
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  int reader = socket(AF_UNIX, SOCK_DGRAM, 0);
  expect(bind(reader, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "a journal");
  Journal journal(path);
  for (int sent = 0; sent < 10000; sent++) journal.send({{"MESSAGE", "one of many"}});
  char text[100] = {};
  expect(recv(reader, text, sizeof(text), MSG_DONTWAIT) > 0 && std::string(text) == "MESSAGE=one of many\n",
         "the first of many entries, though nobody reads");
  close(reader);
  journal.send({{"MESSAGE", "it has ended"}});
  unlink(path.c_str());
  rmdir(folder);
}

}  // namespace

int main() {
  form();
  delivery();
  return failures == 0 ? 0 : 1;
}
