#pragma once
// Moved to base/testing/, where the tests of every module may include it; this place stays until its users have
// followed. Any thread.

#include "base/testing/temp_dir.h"
