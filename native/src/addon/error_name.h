#pragma once

namespace sockscope {

// "EPERM"; nullptr for what is no error of Linux. glibc has such a function from 2.32 on, and a release has
// to run on 2.28.
const char* error_name(int number);

}  // namespace sockscope
