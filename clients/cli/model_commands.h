#pragma once

namespace voisin::cli {

class Arguments;

// The larger commands under `voisin model`.
void AddModelList(Arguments& model);
void AddModelPull(Arguments& model);

}  // namespace voisin::cli
