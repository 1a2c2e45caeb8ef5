#pragma once

namespace quarentena {}
