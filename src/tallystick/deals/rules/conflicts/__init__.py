"""Rules of conflicts: which claim the rules of engagement favour, what a ruling may say, who may appeal until when."""
