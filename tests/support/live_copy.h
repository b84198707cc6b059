#pragma once

#include <filesystem>

namespace voisin::test {

// Copies a directory whose files background threads may be replacing, as they all were at one moment: what a kill
// would leave. Tries again while files come, go or change under it; false when they never hold still. Nothing may
// write on the caller's behalf meanwhile. Replaces `to`.
bool CopyLiveDirectory(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace voisin::test
