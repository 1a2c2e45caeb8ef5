namespace quarentena {}
