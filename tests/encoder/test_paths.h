#pragma once

#include <cstdlib>
#include <filesystem>

#include "tests/support/source_dir.h"

namespace voisin::encoder {

// Reference data kept beside the checkout; tests that need it are skipped without it.
inline std::filesystem::path SharedDir() {
  const char* dir = std::getenv("VOISIN_SHARED_DIR");
  return dir != nullptr ? std::filesystem::path(dir) : test::SourceDir().parent_path() / "shared";
}

// The default model, which `./dev setup` installs.
inline std::filesystem::path ModelDir() {
  const char* dir = std::getenv("VOISIN_TEST_MODEL_DIR");
  return dir != nullptr ? std::filesystem::path(dir)
                        : test::SourceDir() / ".voisin" / "models" / "use-lite-en";
}

}  // namespace voisin::encoder
