#pragma once

#include <string>
#include <vector>

#include "clients/cli/eval_run.h"

namespace voisin::cli {

// One JSON object and a newline; what the set does not have is not there.
std::string EvalJson(const EvalResult& result);

// Tables and remarks for people, `width` columns wide at most (0: as wide as it gets).
std::string EvalTables(const std::vector<EvalResult>& results, size_t width);

}  // namespace voisin::cli
