#pragma once

// Each function adds one command, its options and what it does, to the root.
namespace voisin::cli {

class Arguments;

void AddServe(Arguments& root);
void AddEmbed(Arguments& root);
void AddTokenize(Arguments& root);
void AddSimilarity(Arguments& root);
void AddCollection(Arguments& root);
void AddImport(Arguments& root);
void AddSearch(Arguments& root);
void AddGet(Arguments& root);
void AddDelete(Arguments& root);
void AddCount(Arguments& root);
void AddCheck(Arguments& root);
void AddSnapshot(Arguments& root);
void AddModel(Arguments& root);
void AddEval(Arguments& root);
void AddBench(Arguments& root);

}  // namespace voisin::cli
