SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE `Org` (
  `id` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  `plan` VARCHAR(191) NOT NULL DEFAULT 'free',
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Team` (
  `id` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  `orgId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Team_orgId_idx` (`orgId`),
  CONSTRAINT `Team_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Template` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `title` VARCHAR(191) NOT NULL,
  `body` LONGTEXT NOT NULL,
  `teamId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Template_teamId_idx` (`teamId`),
  CONSTRAINT `Template_teamId_fkey` FOREIGN KEY (`teamId`) REFERENCES `Team` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `User` (
  `id` VARCHAR(191) NOT NULL,
  `email` LONGTEXT NOT NULL,
  `emailIndex` VARBINARY(16) NULL,
  `name` LONGTEXT NULL,
  `locale` VARCHAR(191) NOT NULL DEFAULT 'en',
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE INDEX `User_emailIndex_key` (`emailIndex`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Account` (
  `id` VARCHAR(191) NOT NULL,
  `provider` VARCHAR(191) NOT NULL,
  `providerAccountId` VARCHAR(191) NOT NULL,
  `token` LONGTEXT NULL,
  `tokenIndex` VARBINARY(16) NULL,
  `userId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Account_tokenIndex_key` (`tokenIndex`),
  INDEX `Account_userId_idx` (`userId`),
  UNIQUE INDEX `Account_provider_providerAccountId_key` (`provider`, `providerAccountId`),
  CONSTRAINT `Account_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Session` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `token` LONGTEXT NOT NULL,
  `tokenIndex` VARBINARY(16) NULL,
  `expiresAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `userId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Session_tokenIndex_key` (`tokenIndex`),
  INDEX `Session_userId_idx` (`userId`),
  CONSTRAINT `Session_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Membership` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `orgId` VARCHAR(191) NOT NULL,
  `role` VARCHAR(191) NOT NULL DEFAULT 'member',
  `title` LONGTEXT NULL,
  `userId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Membership_userId_idx` (`userId`),
  UNIQUE INDEX `Membership_orgId_userId_key` (`orgId`, `userId`),
  CONSTRAINT `Membership_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Membership_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Envelope` (
  `id` VARCHAR(191) NOT NULL,
  `orgId` VARCHAR(191) NOT NULL,
  `subject` LONGTEXT NOT NULL,
  `subjectIndex` VARBINARY(16) NULL,
  `metadata` JSON NULL,
  `status` VARCHAR(191) NOT NULL DEFAULT 'draft',
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  INDEX `Envelope_orgId_idx` (`orgId`),
  INDEX `Envelope_subjectIndex_idx` (`subjectIndex`),
  CONSTRAINT `Envelope_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Recipient` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `email` LONGTEXT NOT NULL,
  `emailIndex` VARBINARY(16) NULL,
  `name` LONGTEXT NULL,
  `token` VARCHAR(191) NOT NULL,
  `order` INTEGER NOT NULL DEFAULT 0,
  `envelopeId` VARCHAR(191) NOT NULL,
  `userId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Recipient_token_key` (`token`),
  INDEX `Recipient_emailIndex_idx` (`emailIndex`),
  INDEX `Recipient_userId_idx` (`userId`),
  UNIQUE INDEX `Recipient_envelopeId_emailIndex_key` (`envelopeId`, `emailIndex`),
  CONSTRAINT `Recipient_envelopeId_fkey` FOREIGN KEY (`envelopeId`) REFERENCES `Envelope` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Recipient_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Field` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `kind` VARCHAR(191) NOT NULL DEFAULT 'text',
  `page` INTEGER NOT NULL DEFAULT 1,
  `value` LONGTEXT NULL,
  `recipientId` INTEGER NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Field_recipientId_idx` (`recipientId`),
  CONSTRAINT `Field_recipientId_fkey` FOREIGN KEY (`recipientId`) REFERENCES `Recipient` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Comment` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `text` LONGTEXT NOT NULL,
  `pinned` BOOLEAN NOT NULL DEFAULT false,
  `envelopeId` VARCHAR(191) NULL,
  `authorId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  INDEX `Comment_envelopeId_idx` (`envelopeId`),
  INDEX `Comment_authorId_idx` (`authorId`),
  CONSTRAINT `Comment_envelopeId_fkey` FOREIGN KEY (`envelopeId`) REFERENCES `Envelope` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Comment_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Credential` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `label` VARCHAR(191) NOT NULL,
  `secret` LONGTEXT NOT NULL,
  `secretIndex` VARBINARY(16) NULL,
  `orgId` VARCHAR(191) NULL,
  `userId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  INDEX `Credential_orgId_idx` (`orgId`),
  INDEX `Credential_userId_idx` (`userId`),
  INDEX `Credential_secretIndex_idx` (`secretIndex`),
  CONSTRAINT `Credential_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Credential_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Setting` (
  `key` VARCHAR(191) NOT NULL,
  `value` LONGTEXT NOT NULL,
  `note` VARCHAR(191) NOT NULL DEFAULT '',
  PRIMARY KEY (`key`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Project` (
  `id` VARCHAR(191) NOT NULL,
  `orgId` VARCHAR(191) NOT NULL,
  `number` INTEGER NOT NULL,
  `slug` VARCHAR(191) NOT NULL,
  `secret` LONGTEXT NULL,
  `secretIndex` VARBINARY(16) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Project_slug_key` (`slug`),
  UNIQUE INDEX `Project_secretIndex_key` (`secretIndex`),
  UNIQUE INDEX `Project_orgId_number_key` (`orgId`, `number`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Task` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `text` LONGTEXT NOT NULL,
  `projectSlug` VARCHAR(191) NOT NULL,
  `reviewSlug` VARCHAR(191) NULL,
  `partOfId` INTEGER NULL,
  PRIMARY KEY (`id`),
  INDEX `Task_projectSlug_idx` (`projectSlug`),
  INDEX `Task_reviewSlug_idx` (`reviewSlug`),
  INDEX `Task_partOfId_idx` (`partOfId`),
  CONSTRAINT `Task_projectSlug_fkey` FOREIGN KEY (`projectSlug`) REFERENCES `Project` (`slug`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Task_reviewSlug_fkey` FOREIGN KEY (`reviewSlug`) REFERENCES `Project` (`slug`) ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT `Task_partOfId_fkey` FOREIGN KEY (`partOfId`) REFERENCES `Task` (`id`) ON DELETE NO ACTION ON UPDATE NO ACTION
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Item` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `name` LONGTEXT NOT NULL,
  `orgId` VARCHAR(191) NOT NULL,
  `number` INTEGER NOT NULL,
  `spareNumber` INTEGER NULL,
  PRIMARY KEY (`id`),
  INDEX `Item_orgId_number_idx` (`orgId`, `number`),
  INDEX `Item_orgId_spareNumber_idx` (`orgId`, `spareNumber`),
  CONSTRAINT `Item_orgId_number_fkey` FOREIGN KEY (`orgId`, `number`) REFERENCES `Project` (`orgId`, `number`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Item_orgId_spareNumber_fkey` FOREIGN KEY (`orgId`, `spareNumber`) REFERENCES `Project` (`orgId`, `number`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Place` (
  `region` VARCHAR(191) NOT NULL,
  `code` INTEGER NOT NULL,
  `label` VARCHAR(191) NOT NULL DEFAULT '',
  `projectSlug` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`region`, `code`),
  INDEX `Place_projectSlug_idx` (`projectSlug`),
  CONSTRAINT `Place_projectSlug_fkey` FOREIGN KEY (`projectSlug`) REFERENCES `Project` (`slug`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Note` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `text` LONGTEXT NOT NULL,
  `region` VARCHAR(191) NOT NULL,
  `code` INTEGER NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Note_region_code_idx` (`region`, `code`),
  CONSTRAINT `Note_region_code_fkey` FOREIGN KEY (`region`, `code`) REFERENCES `Place` (`region`, `code`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Badge` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `code` LONGTEXT NOT NULL,
  `taskId` INTEGER NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Badge_taskId_key` (`taskId`),
  CONSTRAINT `Badge_taskId_fkey` FOREIGN KEY (`taskId`) REFERENCES `Task` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Slot` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `is` VARCHAR(191) NULL,
  `isNot` INTEGER NULL,
  `where` VARCHAR(191) NULL,
  `data` LONGTEXT NULL,
  `taskId` INTEGER NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Slot_taskId_key` (`taskId`),
  CONSTRAINT `Slot_taskId_fkey` FOREIGN KEY (`taskId`) REFERENCES `Task` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Pin` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `text` LONGTEXT NOT NULL,
  `slotId` INTEGER NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Pin_slotId_idx` (`slotId`),
  CONSTRAINT `Pin_slotId_fkey` FOREIGN KEY (`slotId`) REFERENCES `Slot` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Use` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `credentialId` INTEGER NULL,
  PRIMARY KEY (`id`),
  INDEX `Use_credentialId_idx` (`credentialId`),
  CONSTRAINT `Use_credentialId_fkey` FOREIGN KEY (`credentialId`) REFERENCES `Credential` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

SET FOREIGN_KEY_CHECKS = 1;
