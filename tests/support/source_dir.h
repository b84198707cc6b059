#pragma once

#include <filesystem>

namespace voisin::test {

// The root of this checkout.
std::filesystem::path SourceDir();

}  // namespace voisin::test
