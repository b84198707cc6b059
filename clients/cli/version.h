#pragma once

namespace voisin::cli {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace voisin::cli
