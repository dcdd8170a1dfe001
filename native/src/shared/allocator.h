// What the allocator of the C library keeps of freed memory.
#pragma once

namespace sockscope {

// Of this process and those that it forks: little is kept, however much was used for a moment. By default, a
// large block that was freed raises the size from which blocks are given back.
void keep_little_memory();

// Gives back what is still kept.
void give_back_memory();

}  // namespace sockscope
